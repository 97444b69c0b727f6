-- As create_all made it before there were revisions, with a row of the seed.
CREATE TABLE products (
    id VARCHAR(36) NOT NULL,
    name VARCHAR(200) NOT NULL,
    category VARCHAR(40) NOT NULL,
    price_cents BIGINT NOT NULL,
    description VARCHAR(2000) NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO "products" VALUES('baa6004c-066b-5556-b3bc-c8eb9c0b8ae9','Compass','outdoor',2650,'With declination adjustment.','2026-01-03 02:00:00.000000');
CREATE INDEX ix_products_category ON products (category);
CREATE INDEX ix_products_name ON products (name);
CREATE INDEX ix_products_created_at ON products (created_at);
CREATE INDEX ix_products_price_cents ON products (price_cents);
