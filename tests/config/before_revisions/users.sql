-- As create_all made it before there were revisions, with a row of the seed.
CREATE TABLE users (
    id VARCHAR(36) NOT NULL,
    email VARCHAR(254) NOT NULL,
    name VARCHAR(200) NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (email)
);
INSERT INTO "users" VALUES('b98beb8e-24d7-5d5d-af9c-2e2185cd928d','ada@example.com','Ada Lovelace','2026-01-05 09:00:00.000000');
CREATE INDEX ix_users_created_at ON users (created_at);
