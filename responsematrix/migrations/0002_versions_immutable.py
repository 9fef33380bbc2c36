"""The database itself refuses to change what was approved or is in force: a promise can be looked up as it was made."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION responsematrix_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'only a draft can be removed';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'active' THEN
        IF OLD.active_from <= clock_timestamp() THEN
            RAISE EXCEPTION 'a version that is in force never changes';
        END IF;
        IF NEW.state <> 'approved' THEN
            RAISE EXCEPTION 'a version that is to come can only be withdrawn';
        END IF;
    END IF;
    IF NEW.state <> 'draft' THEN
        IF TG_OP = 'UPDATE' AND OLD.state = 'draft' AND NEW.state <> 'approved' THEN
            RAISE EXCEPTION 'a draft is approved before it becomes active';
        END IF;
        IF TG_OP = 'INSERT' THEN
            RAISE EXCEPTION 'a version begins as a draft';
        END IF;
        IF NEW.editor_ids @> to_jsonb(NEW.approved_by_id) THEN
            RAISE EXCEPTION 'nobody approves what they changed themselves';
        END IF;
        -- What was approved is what becomes active.
        IF TG_OP = 'UPDATE' AND OLD.state <> 'draft' AND
            (to_jsonb(NEW) - 'state' - 'active_from') IS DISTINCT FROM (to_jsonb(OLD) - 'state' - 'active_from') THEN
            RAISE EXCEPTION 'an approved version does not change';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION responsematrix_rule_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') AND EXISTS (
        SELECT FROM responsematrix_matrixversion WHERE id = OLD.version_id AND state <> 'draft') THEN
        RAISE EXCEPTION 'a rule of a version that was approved does not change';
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') AND EXISTS (
        SELECT FROM responsematrix_matrixversion WHERE id = NEW.version_id AND state <> 'draft') THEN
        RAISE EXCEPTION 'a version that was approved gets no more rules';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER responsematrix_matrixversion_guard BEFORE INSERT OR UPDATE OR DELETE ON responsematrix_matrixversion
    FOR EACH ROW EXECUTE FUNCTION responsematrix_version_guard();
CREATE TRIGGER responsematrix_calendarversion_guard BEFORE INSERT OR UPDATE OR DELETE ON responsematrix_calendarversion
    FOR EACH ROW EXECUTE FUNCTION responsematrix_version_guard();
CREATE TRIGGER responsematrix_rule_guard BEFORE INSERT OR UPDATE OR DELETE ON responsematrix_rule
    FOR EACH ROW EXECUTE FUNCTION responsematrix_rule_guard();
"""
BACKWARD = """
DROP TRIGGER responsematrix_rule_guard ON responsematrix_rule;
DROP TRIGGER responsematrix_calendarversion_guard ON responsematrix_calendarversion;
DROP TRIGGER responsematrix_matrixversion_guard ON responsematrix_matrixversion;
DROP FUNCTION responsematrix_rule_guard();
DROP FUNCTION responsematrix_version_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("responsematrix", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
