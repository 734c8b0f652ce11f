"""The floor's tables: the least in which a shop's serialised units, stock, documents and money can be kept honestly.

Every foreign key, unique constraint and check is a real one, and every foreign key that is searched by has its index,
as in the shop itself. `{key}` is the dialect's generated primary key, `{time}` its moment in time.
"""

TABLES = """
CREATE TABLE store (id {key}, name text NOT NULL UNIQUE);
CREATE TABLE staff (id {key}, name text NOT NULL UNIQUE);
CREATE TABLE product (
    id {key}, sku varchar(64) NOT NULL UNIQUE, name varchar(300) NOT NULL, price bigint CHECK (price >= 0),
    cost bigint CHECK (cost >= 0)
);
CREATE TABLE barcode (
    id {key}, product_id bigint NOT NULL REFERENCES product, code varchar(64) NOT NULL, gtin varchar(64) NOT NULL UNIQUE
);
CREATE INDEX barcode_product ON barcode (product_id);
CREATE TABLE stock_level (
    id {key}, store_id bigint NOT NULL REFERENCES store, product_id bigint NOT NULL REFERENCES product,
    on_hand integer NOT NULL CHECK (on_hand >= 0), UNIQUE (store_id, product_id)
);
CREATE INDEX stock_level_product ON stock_level (product_id);
CREATE TABLE serial (
    id {key}, product_id bigint NOT NULL REFERENCES product, number varchar(64) NOT NULL,
    number_key varchar(128) NOT NULL, store_id bigint REFERENCES store, sequence integer NOT NULL CHECK (sequence >= 0),
    state varchar(12) NOT NULL CHECK (state IN ('expected', 'in_stock', 'in_transit', 'sold')),
    UNIQUE (product_id, number_key), CHECK ((state = 'in_stock') = (store_id IS NOT NULL))
);
CREATE INDEX serial_number_key ON serial (number_key);
CREATE INDEX serial_store ON serial (store_id);
CREATE INDEX serial_whereabouts ON serial (product_id, state, store_id);
CREATE TABLE event (
    id {key}, serial_id bigint NOT NULL REFERENCES serial, sequence integer NOT NULL, kind varchar(12) NOT NULL,
    state varchar(12) NOT NULL, store_id bigint REFERENCES store, document_type varchar(60) NOT NULL,
    document_id bigint NOT NULL, document varchar(60) NOT NULL, staff_id bigint REFERENCES staff, at {time} NOT NULL,
    UNIQUE (serial_id, sequence)
);
CREATE INDEX event_document ON event (document_type, document_id);
CREATE INDEX event_store ON event (store_id);
CREATE INDEX event_staff ON event (staff_id);
CREATE TABLE movement (
    id {key}, product_id bigint NOT NULL REFERENCES product, store_id bigint NOT NULL REFERENCES store,
    quantity integer NOT NULL CHECK (quantity <> 0), reason varchar(16) NOT NULL, document_type varchar(60) NOT NULL,
    document_id bigint NOT NULL, document varchar(60) NOT NULL, staff_id bigint REFERENCES staff, at {time} NOT NULL
);
CREATE INDEX movement_product ON movement (product_id, store_id, id DESC);
CREATE INDEX movement_store ON movement (store_id);
CREATE INDEX movement_staff ON movement (staff_id);
CREATE TABLE hold (
    serial_id bigint PRIMARY KEY REFERENCES serial, document_type varchar(60) NOT NULL, document_id bigint NOT NULL,
    line_id bigint NOT NULL, staff_id bigint REFERENCES staff, since {time} NOT NULL
);
CREATE INDEX hold_document ON hold (document_type, document_id);
CREATE TABLE document (
    id {key}, kind varchar(12) NOT NULL CHECK (kind IN ('sale', 'shipment', 'transfer')),
    number varchar(20) NOT NULL UNIQUE, store_id bigint NOT NULL REFERENCES store, to_store_id bigint REFERENCES store,
    status varchar(10) NOT NULL CHECK (status IN ('open', 'sent', 'done')), staff_id bigint REFERENCES staff,
    total bigint NOT NULL, completion_key varchar(36) UNIQUE, created_at {time} NOT NULL, done_at {time},
    CHECK ((status = 'done') = (done_at IS NOT NULL))
);
CREATE INDEX document_store ON document (store_id, done_at);
CREATE TABLE line (
    id {key}, document_id bigint NOT NULL REFERENCES document, product_id bigint NOT NULL REFERENCES product,
    kind varchar(10) NOT NULL, quantity integer NOT NULL CHECK (quantity >= 1), unit_price bigint CHECK (unit_price >= 0),
    total bigint NOT NULL, cost bigint, returned_line_id bigint REFERENCES line
);
CREATE INDEX line_document ON line (document_id);
CREATE INDEX line_product ON line (product_id);
CREATE INDEX line_returned ON line (returned_line_id);
CREATE TABLE link (
    id {key}, line_id bigint NOT NULL REFERENCES line, serial_id bigint NOT NULL REFERENCES serial,
    returned_link_id bigint UNIQUE REFERENCES link, UNIQUE (line_id, serial_id)
);
CREATE INDEX link_serial ON link (serial_id);
CREATE TABLE payment (
    id {key}, document_id bigint NOT NULL REFERENCES document, method varchar(12) NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0), tendered bigint, staff_id bigint REFERENCES staff, at {time} NOT NULL
);
CREATE INDEX payment_document ON payment (document_id)
"""
