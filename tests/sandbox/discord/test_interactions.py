"""Slash commands, buttons and completion through the real client: in time, late, deferred, for one person."""

import anyio
import discord
import pytest
from discord import app_commands


@pytest.fixture
def garden(dc):
    return dc.guild(1, "Garden").channel(2, "general")


class Commands:
    """A command tree whose handlers are given by the test."""

    def __init__(self, bot):
        self.tree = app_commands.CommandTree(bot)

    def add(self, name, handler):
        self.tree.command(name=name, description=f"the command {name}")(handler)


async def test_a_slash_command_is_registered_used_and_answered(dc, garden, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        commands = Commands(bot)

        async def new(interaction: discord.Interaction, title: str, count: int = 1) -> None:
            await interaction.response.send_message(f"{interaction.user.name} began {title} x {count}")
            await interaction.followup.send("and more")
            await interaction.edit_original_response(content="edited")

        commands.add("new", new)
        (registered,) = await commands.tree.sync()
        again = await commands.tree.sync()
        assert again[0].id == registered.id
        used = dc.slash(ann, garden, "new", {"title": "roses"})
        await garden.wait_for(lambda message: message.text == "edited")
        assert [message.text for message in garden.messages] == ["edited", "and more"]
        assert used.answer is garden.messages[0]
        assert [version.text for version in used.answer.versions] == ["Ann began roses x 1", "edited"]
        told = await bot.hear("message", lambda message: "roses" in message.content)
        assert told.interaction_metadata.user.id == 7


async def test_a_deferred_answer_takes_the_place_of_thinking(dc, garden, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        go_on = anyio.Event()
        commands = Commands(bot)

        async def ask(interaction: discord.Interaction) -> None:
            await interaction.response.defer(thinking=True)
            await go_on.wait()
            original = await interaction.original_response()
            await interaction.followup.send("thought")
            await (await interaction.followup.send("and more", wait=True)).edit(content="and more still")
            assert (await interaction.original_response()).id == original.id

        commands.add("ask", ask)
        await commands.tree.sync()
        used = dc.slash(ann, dc.dm(ann), "ask")
        await dc.wait_acknowledged(used)
        assert used.original.loading
        assert used.answer is None
        go_on.set()
        assert (await dc.wait_answer(used)).text == "thought"
        await dc.dm(ann).wait_for(lambda message: message.text == "and more still")
        assert len(dc.dm(ann).messages) == 2


async def test_an_ephemeral_answer_is_for_one_person(dc, garden, connect):
    async with connect(dc) as bot:
        commands = Commands(bot)

        async def whoami(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("you are Ann", ephemeral=True)

        commands.add("whoami", whoami)
        await commands.tree.sync()
        answer = await dc.wait_answer(dc.slash(dc.user(7, "Ann"), garden, "whoami"))
        assert answer.ephemeral
        assert [each async for each in bot.get_channel(2).history()] == []
        with pytest.raises(discord.NotFound):
            await bot.get_channel(2).fetch_message(answer.id)


async def test_late_and_second_answers_are_refused(dc, garden, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        commands = Commands(bot)

        async def quiet(interaction: discord.Interaction) -> None: ...

        commands.add("quiet", quiet)
        await commands.tree.sync()
        late = dc.slash(ann, garden, "quiet")
        interaction = await bot.hear("interaction")
        assert not dc.failed(late)
        dc.advance(3.1)
        assert dc.failed(late)
        with pytest.raises(discord.NotFound) as missing:
            await interaction.response.send_message("too late")
        assert missing.value.code == 10062
        with pytest.raises(discord.NotFound) as missing:
            await interaction.followup.send("too late")
        assert missing.value.code == 10015

        dc.slash(ann, garden, "quiet")
        interaction = await bot.hear("interaction", count=2)
        await interaction.response.send_message("first")
        interaction.response._response_type = None
        with pytest.raises(discord.HTTPException) as refused:
            await interaction.response.send_message("second")
        assert refused.value.code == 40060
        await interaction.delete_original_response()
        assert garden.messages == []
        dc.advance(901)
        with pytest.raises(discord.HTTPException) as refused:
            await interaction.followup.send("a quarter of an hour later")
        assert (refused.value.status, refused.value.code) == (401, 50027)


async def test_buttons_and_menus_are_pressed(dc, garden, connect):
    ann = dc.user(7, "Ann")
    pressed: list[object] = []

    class Choice(discord.ui.View):
        @discord.ui.button(label="Yes", custom_id="yes")
        async def yes(self, interaction: discord.Interaction, button: discord.ui.Button) -> None:
            pressed.append(interaction.user.name)
            await interaction.response.edit_message(content="chosen", view=None)

        @discord.ui.button(label="Never", custom_id="never", disabled=True)
        async def never(self, interaction: discord.Interaction, button: discord.ui.Button) -> None: ...

        @discord.ui.select(custom_id="fruit", options=[discord.SelectOption(label="apple")])
        async def fruit(self, interaction: discord.Interaction, select: discord.ui.Select) -> None:
            pressed.append(select.values)
            await interaction.response.defer()
            await interaction.followup.send("noted")

    async with connect(dc) as bot:
        await bot.get_channel(2).send("sure?", view=Choice())
        asked = garden.messages[-1]
        chosen = dc.press(ann, asked, "fruit", ("apple",))
        await garden.wait_for(lambda message: message.text == "noted")
        assert chosen.acknowledged
        dc.press(ann, asked, "yes")
        await garden.wait_for(lambda message: message.text == "chosen")
        assert pressed == [["apple"], "Ann"]
        assert asked.components == ()
        for custom_id in ("yes", "never", "other"):
            with pytest.raises(ValueError, match="nothing to press"):
                dc.press(ann, asked, custom_id)


async def test_a_disabled_button_cannot_be_pressed(dc, garden, connect):
    async with connect(dc) as bot:
        view = discord.ui.View()
        view.add_item(discord.ui.Button(label="No", custom_id="no", disabled=True))
        await bot.get_channel(2).send("sure?", view=view)
        with pytest.raises(ValueError, match="nothing to press"):
            dc.press(dc.user(7, "Ann"), garden.messages[-1], "no")


async def test_choices_are_completed(dc, garden, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        tree = app_commands.CommandTree(bot)

        async def names(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [
                app_commands.Choice(name=each, value=each) for each in ("pickle", "engineer") if typed in each
            ]

        @tree.command(name="agent", description="switch")
        @app_commands.autocomplete(name=names)
        async def agent(interaction: discord.Interaction, name: str, note: str = "") -> None: ...

        await tree.sync()
        asked = dc.complete(ann, garden, "agent", "name", "eng")
        await dc.wait_acknowledged(asked)
        assert [choice["value"] for choice in asked.choices] == ["engineer"]
        with pytest.raises(ValueError, match="completes no option"):
            dc.complete(ann, garden, "agent", "note", "x")


async def test_people_use_only_what_is_offered(dc, garden, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        tree = app_commands.CommandTree(bot)

        @tree.command(name="here", description="in guilds only")
        @app_commands.guild_only()
        async def here(interaction: discord.Interaction, place: str) -> None: ...

        await tree.sync()
        with pytest.raises(ValueError, match="no command /nothing"):
            dc.slash(ann, garden, "nothing")
        with pytest.raises(ValueError, match="no command /here"):
            dc.slash(ann, dc.dm(ann), "here", {"place": "x"})
        with pytest.raises(ValueError, match="missing \\['place'\\]"):
            dc.slash(ann, garden, "here")
        with pytest.raises(ValueError, match="do not fit"):
            dc.slash(ann, garden, "here", {"place": 5})
        with pytest.raises(ValueError, match="unknown \\['way'\\]"):
            dc.slash(ann, garden, "here", {"place": "x", "way": "y"})
        tree.copy_global_to(guild=discord.Object(1))
        await tree.sync(guild=discord.Object(1))
        assert [each["name"] for each in dc.commands(dc.guilds[0])] == ["here"]
        with pytest.raises(discord.Forbidden):
            await tree.sync(guild=discord.Object(99))


async def test_bad_commands_are_refused(dc, connect):
    async with connect(dc) as bot:
        put = bot.http.bulk_upsert_global_commands
        for wrong in (
            [{"name": "has space", "description": "x"}],
            [{"name": "fine", "description": ""}],
            [{"name": f"c{number}", "description": "x"} for number in range(101)],
        ):
            with pytest.raises(discord.HTTPException) as refused:
                await put(bot.application_id, wrong)
            assert refused.value.status == 400
        assert dc.commands() == []
