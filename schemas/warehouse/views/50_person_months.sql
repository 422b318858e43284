-- The lists of rollup_months as rows. Whoever asks for one figure reads one list: every list is unfolded by its place.
CREATE OR REPLACE VIEW person_months
(
    tenant        LowCardinality(String) COMMENT 'Community',
    month         Date32 COMMENT 'First day of the month, by the community''s days',
    person        String COMMENT 'Person as the events named it; resolved_person_months resolves merges',
    acts          UInt64 COMMENT 'Acts in any mode',
    volunteer     UInt32 COMMENT 'Acts in this mode',
    experiential  UInt32 COMMENT 'Acts in this mode',
    philanthropic UInt32 COMMENT 'Acts in this mode',
    communication UInt32 COMMENT 'Acts in this mode',
    attended      UInt32 COMMENT 'Gatherings at which the person was present',
    zone          LowCardinality(String) COMMENT 'Time zone of the month',
    version       UInt128 COMMENT 'State of the community that is counted; see rollup_months'
)
AS
SELECT
    tenant, month, one_person AS person, one_volunteer + one_experiential + one_philanthropic + one_communication AS acts, one_volunteer AS volunteer,
    one_experiential AS experiential, one_philanthropic AS philanthropic, one_communication AS communication, one_attended AS attended, zone, version
FROM
(
    SELECT tenant, month, person, volunteer, experiential, philanthropic, communication, attended, zone, version
    FROM rollup_months FINAL
)
ARRAY JOIN
    person AS one_person, volunteer AS one_volunteer, experiential AS one_experiential, philanthropic AS one_philanthropic,
    communication AS one_communication, attended AS one_attended
COMMENT 'Who acted in which month: one row a person and month with an act, as recorded, merges not resolved.';
