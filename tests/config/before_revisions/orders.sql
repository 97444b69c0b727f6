-- As create_all made it before there were revisions, with a row of the seed.
CREATE TABLE order_items (
    order_id VARCHAR(36) NOT NULL,
    position INTEGER NOT NULL,
    product_id VARCHAR(64) NOT NULL,
    name VARCHAR(200) NOT NULL,
    quantity INTEGER NOT NULL,
    unit_price_cents BIGINT NOT NULL,
    PRIMARY KEY (order_id, position),
    FOREIGN KEY(order_id) REFERENCES orders (id)
);
INSERT INTO "order_items" VALUES('dc86247e-2868-50d4-870c-fe08230a4c9a',0,'baa6004c-066b-5556-b3bc-c8eb9c0b8ae9','Compass',1,2650);
CREATE TABLE orders (
    id VARCHAR(36) NOT NULL,
    user_id VARCHAR(64) NOT NULL,
    status VARCHAR(16) NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO "orders" VALUES('dc86247e-2868-50d4-870c-fe08230a4c9a','57b93930-7e13-5b2e-b42a-896f0a8431fe','DELIVERED','2026-01-21 10:00:00.000000');
CREATE INDEX ix_orders_status_created_at ON orders (status, created_at);
CREATE INDEX ix_orders_user_id_created_at ON orders (user_id, created_at);
CREATE INDEX ix_orders_created_at ON orders (created_at);
