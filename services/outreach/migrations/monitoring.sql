-- Equality monitoring apart, in outreach's database on PostgreSQL. Made by the migration, or before
-- it by the administrator (infra/postgres/monitoring-roles.sql), who gives it to a role of its own.
-- The quarter rule goes by this server's clock and the thresholds stand in a table that outreach
-- cannot write, so that nobody who speaks as outreach can ask for less suppression.
CREATE SCHEMA IF NOT EXISTS monitoring;

CREATE TABLE IF NOT EXISTS monitoring.monitoring_answers (
  subject varchar(64) NOT NULL,
  list_id varchar(40) NOT NULL,
  code varchar(60) NOT NULL,
  list_version varchar(20) NOT NULL,
  organisation_id varchar(60) NOT NULL,
  period varchar(7) NOT NULL,
  CONSTRAINT pk_monitoring_answers PRIMARY KEY (subject, list_id, code)
);
CREATE INDEX IF NOT EXISTS ix_monitoring_answers_organisation_id
  ON monitoring.monitoring_answers (organisation_id);

CREATE TABLE IF NOT EXISTS monitoring.monitoring_published (
  organisation_id varchar(60) NOT NULL,
  period varchar(7) NOT NULL,
  list_id varchar(40) NOT NULL,
  code varchar(60) NOT NULL,
  people varchar(12) NOT NULL,
  CONSTRAINT pk_monitoring_published PRIMARY KEY (organisation_id, period, list_id, code)
);

CREATE TABLE IF NOT EXISTS monitoring.rules (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  small integer NOT NULL DEFAULT 7 CHECK (small >= 1),
  round_to integer NOT NULL DEFAULT 5 CHECK (round_to >= 1)
);
INSERT INTO monitoring.rules DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS monitoring.own_readings (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  reader name NOT NULL DEFAULT session_user,
  subject varchar(64) NOT NULL
);

-- Withdrawal and erasure: the traces of readings go too.
CREATE OR REPLACE FUNCTION monitoring.forget(who text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM monitoring.monitoring_answers WHERE subject = who;
  DELETE FROM monitoring.own_readings WHERE subject = who;
$$;

-- One person's own answers, for their own copy (UK GDPR Article 15); each call is written down
-- where outreach can neither read nor change it.
CREATE OR REPLACE FUNCTION monitoring.own_answers(who text)
RETURNS TABLE (list_id text, code text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO monitoring.own_readings (subject) VALUES (who);
  SELECT a.list_id, a.code FROM monitoring.monitoring_answers a WHERE a.subject = who ORDER BY 1, 2;
$$;

-- The suppressed counts of a finished quarter. They are written down at the first question and
-- never counted again: two answers about one quarter cannot be compared to find a person.
CREATE OR REPLACE FUNCTION monitoring.report(organisation text, quarter text)
RETURNS TABLE (list_id text, code text, people text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF quarter >= to_char(now() AT TIME ZONE 'UTC', 'YYYY"-Q"Q') THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('newvoices-monitoring'));
  IF NOT EXISTS (SELECT 1 FROM monitoring.monitoring_published p
                 WHERE p.organisation_id = organisation AND p.period = quarter) THEN
    INSERT INTO monitoring.monitoring_published (organisation_id, period, list_id, code, people)
    SELECT organisation, quarter, a.list_id, a.code,
           CASE WHEN count(*) <= r.small THEN '*'
                ELSE (r.round_to * round(count(*)::numeric / r.round_to))::bigint::text END
    FROM monitoring.monitoring_answers a CROSS JOIN monitoring.rules r
    WHERE a.organisation_id = organisation AND a.period = quarter
    GROUP BY a.list_id, a.code, r.small, r.round_to;
  END IF;
  RETURN QUERY SELECT p.list_id::text, p.code::text, p.people::text
    FROM monitoring.monitoring_published p
    WHERE p.organisation_id = organisation AND p.period = quarter ORDER BY 1, 2;
END $$;

REVOKE ALL ON SCHEMA monitoring FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA monitoring FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA monitoring FROM PUBLIC;
