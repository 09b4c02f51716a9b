import pytest
from bdc_chassis.errors import ConfigurationError, ValidationFailed
from bdc_ingester.source import parse_trees
from bdc_ingester.source.tree_names import normal_address
from bdc_ingester.trees import TreeFile

MAINLINE = "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git"


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.mark.parametrize(
    "url",
    [
        MAINLINE,
        MAINLINE.removesuffix(".git"),
        MAINLINE + "/",
        MAINLINE.replace("https", "git"),
        MAINLINE.replace("https://", "https://user:secret@"),
        MAINLINE.replace("git.kernel.org", "GIT.kernel.org:443"),
        MAINLINE.replace("/pub/", "//pub//"),
        f"  {MAINLINE}\n",
    ],
)
def test_a_repository_has_one_name_however_its_address_is_written(url):
    names = parse_trees(f"trees: {{mainline: {{url: {MAINLINE}}}}}".encode())
    assert names.name_of(url) == "mainline"


@pytest.mark.parametrize(
    "url", [None, "", "https://git.kernel.org/", MAINLINE.replace("linux", "Linux"), "https://[::1", "https://h:x/a"]
)
def test_other_addresses_have_none(url):
    names = parse_trees(f"trees: {{mainline: {{url: {MAINLINE}}}}}".encode())
    assert names.name_of(url) is None


def test_an_address_on_another_port_is_another_repository():
    assert normal_address("https://h:8443/a") != normal_address("https://h/a")


def test_of_two_names_for_one_address_the_first_counts():
    names = parse_trees(b"trees:\n  a: {url: https://h/x}\n  b: {url: https://h/x.git}\n")
    assert names.name_of("https://h/x") == "a"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"trees: [", "line 1"),
        (b"[]", "no mapping `trees`"),
        (b"trees: []", "no mapping `trees`"),
        (b"trees: {a: }", "no `url`"),
        (b"trees: {a: {url: 7}}", "no `url`"),
        (b"\xff\xfe\x00", "no YAML"),
        (b"!!python/object/apply:os.system [ls]", "no YAML"),
    ],
)
def test_a_file_without_tree_names_says_what_is_wrong(data, problem):
    with pytest.raises(ValidationFailed, match=problem):
        parse_trees(data)


def test_names_change_while_the_service_runs(tmp_path, clock):
    path = tmp_path / "trees.yaml"
    path.write_text("trees: {old: {url: https://h/x}}")
    trees = TreeFile(path, clock=clock)
    assert trees.load().name_of("https://h/x") == "old"
    path.write_text("trees: {newer: {url: https://h/x}}")
    assert trees.current().name_of("https://h/x") == "old"
    clock.now += 1.0
    assert trees.current().name_of("https://h/x") == "newer"


def test_a_broken_or_vanished_file_leaves_the_names_as_they_were(tmp_path, clock, caplog):
    path = tmp_path / "trees.yaml"
    path.write_text("trees: {good: {url: https://h/x}}")
    trees = TreeFile(path, clock=clock)
    trees.load()
    for spoil in (lambda: path.write_text("trees: ["), path.unlink):
        spoil()
        clock.now += 1.0
        assert trees.current().name_of("https://h/x") == "good"
    assert caplog.text.count("stay as they were") == 2


def test_a_file_that_is_missing_or_broken_at_the_start_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigurationError, match="--trees-file"):
        TreeFile(tmp_path / "none.yaml").load()
    (tmp_path / "broken.yaml").write_text("trees: [")
    with pytest.raises(ConfigurationError, match=r"broken\.yaml"):
        TreeFile(tmp_path / "broken.yaml").load()


def test_without_a_file_there_are_no_names():
    assert TreeFile(None).load().name_of("https://h/x") is None
