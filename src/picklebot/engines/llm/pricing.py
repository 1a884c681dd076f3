"""What answers cost, by the prices that providers publish. The list is part of a library; nothing is fetched."""

from __future__ import annotations

from picklebot.model.events import Usage


def microdollars(usage: Usage) -> int:
    """Millionths of a US dollar; 0 for a model whose price is not listed. The first call takes half a second."""
    from genai_prices import Usage as Tokens  # noqa: PLC0415 - most gateways never ask
    from genai_prices import calc_price  # noqa: PLC0415

    provider, _, model = usage.model.partition(":")
    try:
        price = calc_price(
            Tokens(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens),
            model_ref=model,
            provider_id=provider.removesuffix("-chat"),
        )
    except LookupError:
        return 0
    return round(price.total_price * 1_000_000)
