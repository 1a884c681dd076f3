"""Messages that make one question."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.storage.samples import make_job

from picklebot.model.attachments import lines, with_lines
from picklebot.model.job import Job
from picklebot.model.message import Attachment
from picklebot.model.question import joined, parts_of

ATTACHMENTS = st.lists(
    st.builds(Attachment, st.sampled_from(["photo", "document", "location"]), st.text(max_size=3)), max_size=2
).map(tuple)
TEXTS = st.one_of(st.text(max_size=5), st.sampled_from(["a" * 4096, "😀" * 2048]))


def job(number: int, text: str, attachments: tuple[Attachment, ...]) -> Job:
    text = text if text.strip() else lines(attachments)
    return replace(make_job(f"j{number}"), text=text, attachments=attachments)


@given(messages=st.lists(st.tuples(TEXTS, ATTACHMENTS), min_size=1, max_size=5))
def test_every_word_and_every_file_is_there_in_order(
    messages: list[tuple[str, tuple[Attachment, ...]]],
) -> None:
    jobs = [job(number, *each) for number, each in enumerate(messages)]
    question = jobs[0]
    for more in jobs[1:]:
        question = joined(question, more)
    assert question.attachments == tuple(it for _, attachments in messages for it in attachments)
    assert [part.id for part in parts_of(question)] == [each.id for each in jobs]
    words = "".join(text for text, _ in messages if text.strip())
    if words:
        assert question.text.replace("\n", "") == words.replace("\n", "")
    elif len(jobs) > 1:
        assert question.text == lines(question.attachments)
    assert Job.load(question.dump()) == question


def test_a_text_that_was_cut_anywhere_goes_on_without_a_break() -> None:
    cut, ended = job(1, "😀" * 2048, ()), job(2, "b" * 4000, ())
    assert joined(cut, ended).text == cut.text + ended.text
    assert joined(ended, cut).text == f"{ended.text}\n{cut.text}"


def test_what_came_is_told_once() -> None:
    photo = Attachment("photo", "f", "a\nb.jpg", "image/jpeg", 2_000)
    assert lines([photo]) == "[photo a b.jpg, image/jpeg, 2.0 kB]"
    assert with_lines("look", [photo]) == f"look\n{lines([photo])}"
    assert with_lines(lines([photo]), [photo]) == lines([photo])
    assert with_lines("", [Attachment("dice", "", note="🎲 4")]) == "[dice 🎲 4]"
