from digest.ground import shipped


def test_a_working_copy_has_its_templates_at_the_top():
    assert (shipped.templates_dir() / "web" / "inbox" / "list.html").is_file()
    assert shipped.migrations_dir() == shipped.templates_dir().parent / "migrations"


def test_an_installed_package_has_them_inside(tmp_path):
    (tmp_path / "_shipped" / "templates").mkdir(parents=True)
    assert shipped.templates_dir(tmp_path) == tmp_path / "_shipped" / "templates"
