-- What the comparison runs against PostgreSQL: one audit table as departments keep them today, with a chain of hashes and without.

CREATE TABLE NAME (
    seq bigint NOT NULL,
    grant_id bigint NOT NULL, entry bigint NOT NULL, items bigint NOT NULL, "time" bigint NOT NULL, bytes bigint NOT NULL,
    provider integer NOT NULL, consumer integer NOT NULL,
    authorising_system integer NOT NULL, using_system integer NOT NULL, purpose integer NOT NULL,
    duration_ms integer NOT NULL, calls integer NOT NULL, rows integer NOT NULL,
    method smallint NOT NULL, outcome smallint NOT NULL, side smallint NOT NULL,
    operator text NOT NULL, "user" text NOT NULL, subject text NOT NULL, address text NOT NULL,
    request bytea NOT NULL, result bytea NOT NULL, call bytea NOT NULL, pseudonym bytea NOT NULL,
    hash bytea,
    PRIMARY KEY (seq)
);
CREATE INDEX ON NAME (entry, seq);
CREATE INDEX ON NAME (grant_id, seq);
