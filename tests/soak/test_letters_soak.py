"""Ten thousand letters after a week without a mail server."""

from tests.serving.test_deliver import a_week_without_a_server


def test_ten_thousand_letters_go_out_when_the_server_is_back(served_database, tmp_path):
    a_week_without_a_server(served_database, tmp_path, 10_000)
