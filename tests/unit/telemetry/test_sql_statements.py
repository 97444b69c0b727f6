import pytest

from glasshouse_telemetry.libraries.sql import describe, sanitized


@pytest.mark.parametrize(
    ("sql", "summary"),
    [
        ("SELECT id FROM users WHERE id = ?", "SELECT users"),
        ("select *\nfrom\n  users u join orders o on o.u = u.id", "SELECT users"),
        ('SELECT count(*) FROM "users"', "SELECT users"),
        ("SELECT * FROM shop.users", "SELECT users"),
        ("SELECT count(*) FROM (SELECT id FROM users) AS anon_1", "SELECT users"),
        ("INSERT INTO orders (id) VALUES (?)", "INSERT orders"),
        ("INSERT OR REPLACE INTO `orders` VALUES (?)", "INSERT orders"),
        ("UPDATE products SET price = ?", "UPDATE products"),
        ("DELETE FROM products WHERE id = ?", "DELETE products"),
        ("/* from the shop */ SELECT 1", "SELECT"),
        ("-- why\nSELECT 1", "SELECT"),
        ("PRAGMA journal_mode=WAL", "PRAGMA"),
        ("CREATE TABLE users (id INTEGER)", "CREATE"),
        ("", ""),
        ("123", ""),
    ],
)
def test_a_statement_is_summed_up_by_operation_and_table(sql: str, summary: str) -> None:
    assert describe(sql, "sqlite").summary == summary


@pytest.mark.parametrize(
    ("sql", "dialect", "text"),
    [
        ("WHERE email = 'ada@example.org'", "sqlite", "WHERE email = ?"),
        ("WHERE name = 'O''Hara' AND x = 'y'", "postgresql", "WHERE name = ? AND x = ?"),
        ("WHERE path = 'C:\\' AND secret = 'x'", "postgresql", "WHERE path = ? AND secret = ?"),
        ("WHERE name = 'it\\'s secret' AND x = \"y\"", "mysql", "WHERE name = ? AND x = ?"),
        ("WHERE age > 42 AND rate < -1.5e3", "sqlite", "WHERE age > ? AND rate < ?"),
        ("VALUES ($tag$secret$tag$, $1)", "postgresql", "VALUES (?, $1)"),
        ("VALUES (E'\\'secret')", "postgresql", "VALUES (?)"),
        ("SELECT 1 /* for ada@example.org */ -- 'x\n+ 2", "sqlite", "SELECT ?    \n+ ?"),
        ("LIMIT 10 OFFSET 20", "sqlite", "LIMIT ? OFFSET ?"),
        ("WHERE users_1.id = :id_1 AND x = ?2 AND y = %(y_1)s", "sqlite", None),
        ("WHERE unfinished = 'secret", "sqlite", "WHERE unfinished = ?"),
    ],
)
def test_literals_never_leave_with_the_text(sql: str, dialect: str, text: str | None) -> None:
    assert sanitized(sql, dialect) == (sql if text is None else text)


def test_a_long_statement_is_cut() -> None:
    assert len(describe("SELECT " + "a, " * 10_000, "sqlite").text) == 4096
