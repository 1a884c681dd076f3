"""Modals through the real client: shown, measured, submitted, and what nobody could submit."""

import discord
import pytest
from discord import app_commands
from discord.http import Route

from picklebot.sandbox.discord.modals import read_modal
from picklebot.sandbox.discord.refusals import Refused


@pytest.fixture
def garden(dc):
    return dc.guild(1, "Garden").channel(2, "general")


class InLabel(discord.ui.Modal, title="Pickles"):
    kind = discord.ui.Label(
        text="Kind", component=discord.ui.TextInput(custom_id="kind", style=discord.TextStyle.paragraph)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.kind.component, discord.ui.TextInput)
        await interaction.response.send_message(f"noted: {self.kind.component.value}")


class InRow(discord.ui.Modal, title="Pickles"):
    kind = discord.ui.TextInput(label="Kind", custom_id="kind", max_length=9, default="dill", required=False)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send(f"noted: {self.kind.value}")


@pytest.fixture
async def tree(dc, connect):
    async with connect(dc) as bot:
        tree = app_commands.CommandTree(bot)
        for name, modal in (("label", InLabel), ("row", InRow)):

            async def show(interaction: discord.Interaction, modal: type[discord.ui.Modal] = modal) -> None:
                await interaction.response.send_modal(modal())

            tree.add_command(app_commands.Command(name=name, description="a form", callback=_plain(show)))
        await tree.sync()
        yield tree


def _plain(show):
    async def callback(interaction: discord.Interaction) -> None:
        await show(interaction)

    return callback


@pytest.mark.parametrize(("name", "written"), [("label", "sweet\nand sour " * 30), ("row", "")])
async def test_a_form_is_shown_and_submitted_to_the_real_client(dc, garden, tree, name, written):
    ann = dc.user(7, "Ann")
    used = dc.slash(ann, garden, name)
    form = await dc.wait_form(used)
    assert form["title"] == "Pickles"
    assert used.answer is None
    submitted = dc.submit(used, written)
    assert (await dc.wait_answer(submitted)).text == f"noted: {written}"
    assert used.form is None
    with pytest.raises(ValueError, match="no form"):
        dc.submit(used, "again")


async def test_a_form_that_nobody_answers_stays_open(dc, garden, connect):
    async with connect(dc) as bot:
        await _registered(bot, dc)
        used = dc.slash(dc.user(7, "Ann"), garden, "form")
        interaction = await bot.hear("interaction")
        await _show(bot, interaction)
        first = dc.submit(used, "once")
        await bot.hear("interaction", count=2)
        dc.advance(3.1)
        assert dc.failed(first)
        again = dc.submit(used, "twice")
        heard = await bot.hear("interaction", count=3)
        assert heard.data["components"][0]["component"]["value"] == "twice"
        with pytest.raises(discord.HTTPException) as refused:
            await _show(bot, heard)  # no form is answered with a form
        assert refused.value.code == 50035
        await heard.response.send_message("thanks")
        assert (await dc.wait_answer(again)).text == "thanks"
        assert used.form is None


async def _show(bot, interaction) -> None:
    callback = Route("POST", f"/interactions/{interaction.id}/{interaction.token}/callback")
    await bot.http.request(callback, json={"type": 9, "data": form()})


async def _registered(bot, dc) -> None:
    await bot.http.bulk_upsert_global_commands(
        bot.application_id, [{"name": "form", "description": "a form"}]
    )


async def test_people_submit_only_what_the_client_lets_them(dc, garden, tree):
    used = dc.slash(dc.user(7, "Ann"), garden, "label")
    await dc.wait_form(used)
    for written, why in ((" " * 0, "required"), ("x" * 4001, "characters"), ({"other": "x"}, "no field")):
        with pytest.raises(ValueError, match=why):
            dc.submit(used, written)
    short = dc.slash(dc.user(7, "Ann"), garden, "row")
    await dc.wait_form(short)
    with pytest.raises(ValueError, match="one line"):
        dc.submit(short, "a\nb")


def form(**changes) -> dict:
    field = {"type": 4, "custom_id": "a", "style": 2}
    return {
        "title": "T",
        "custom_id": "c",
        "components": [{"type": 18, "label": "L", "component": field}],
        **changes,
    }


def labelled(**changes) -> dict:
    field = {"type": 4, "custom_id": "a", "style": 2, **changes}
    return form(components=[{"type": 18, "label": "L", "component": field}])


WRONG = [
    form(title=""),
    form(title="x" * 46),
    form(custom_id="x" * 101),
    form(components=[]),
    form(components=form()["components"] * 2),
    form(
        components=[{"type": 18, "label": "x" * 46, "component": {"type": 4, "custom_id": "a", "style": 1}}]
    ),
    form(components=[{"type": 1, "components": [{"type": 4, "custom_id": "a", "style": 1}]}]),
    form(components=[{"type": 2, "label": "a button", "custom_id": "a", "style": 1}]),
    labelled(label="twice"),
    labelled(style=3),
    labelled(placeholder="x" * 101),
    labelled(max_length=4001),
    labelled(min_length=9, max_length=8),
    labelled(max_length=2, value="xxx"),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_discord_takes_for_no_form_is_refused(wrong):
    with pytest.raises(Refused) as refused:
        read_modal(wrong)
    assert refused.value.body["code"] == 50035


def test_a_form_of_every_kind_is_taken():
    row = {"type": 1, "components": [{"type": 4, "custom_id": "b", "style": 1, "label": "B"}]}
    mixed = form(components=[*form()["components"], row, {"type": 10, "content": "a text"}])
    assert read_modal(mixed) is mixed
