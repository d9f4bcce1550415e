-- Each row hashes the row before it: writers take turns until they commit, or the chain would fork.

CREATE FUNCTION NAME_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    previous bytea;
    last bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(809);
    SELECT seq, hash INTO last, previous FROM NAME ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(last, 0) + 1;
    NEW.hash := sha256(coalesce(previous, '') || convert_to(NEW::text, 'UTF8'));
    RETURN NEW;
END $$;
CREATE TRIGGER NAME_chain BEFORE INSERT ON NAME FOR EACH ROW EXECUTE FUNCTION NAME_chain();
