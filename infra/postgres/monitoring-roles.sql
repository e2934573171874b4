-- Gives the schema `monitoring` to a role that nobody can sign in as. Outreach's everyday role may
-- add answers and call three functions, and read no row. For a superuser, in outreach's database,
-- after services/outreach/migrations/monitoring.sql; may be run again at any time, and has to be
-- after a release that changed that file. Another everyday role than newvoices_outreach:
--   SET newvoices.everyday = 'name';
DO $$
DECLARE
  everyday text := coalesce(nullif(current_setting('newvoices.everyday', true), ''),
                            'newvoices_outreach');
  thing record;
BEGIN
  BEGIN
    CREATE ROLE newvoices_monitoring NOLOGIN;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
  END;
  EXECUTE 'ALTER SCHEMA monitoring OWNER TO newvoices_monitoring';
  FOR thing IN SELECT c.oid::regclass AS name FROM pg_class c
               WHERE c.relnamespace = 'monitoring'::regnamespace AND c.relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO newvoices_monitoring', thing.name);
    EXECUTE format('REVOKE ALL ON TABLE %s FROM PUBLIC, %I', thing.name, everyday);
  END LOOP;
  FOR thing IN SELECT p.oid::regprocedure AS name FROM pg_proc p
               WHERE p.pronamespace = 'monitoring'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO newvoices_monitoring', thing.name);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', thing.name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', thing.name, everyday);
  END LOOP;
  EXECUTE format('REVOKE ALL ON SCHEMA monitoring FROM PUBLIC, %I', everyday);
  EXECUTE format('GRANT USAGE ON SCHEMA monitoring TO %I', everyday);
  EXECUTE format('GRANT INSERT ON monitoring.monitoring_answers TO %I', everyday);
END $$;
