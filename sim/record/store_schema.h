/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of results.sqlite and all SQL that lbsim ever says to them. Included by store.c alone.
 * Tables and columns are read by people's own scripts: they may be added, never changed. */
#ifndef SIM_STORE_SCHEMA_H
#define SIM_STORE_SCHEMA_H

#include "sim/record/store_rows.h"

#define STORE_APPLICATION 1818391405 /* "lbsm" */
#define STORE_VERSION     2

static const char store_schema[] =
    "CREATE TABLE run(run_id INTEGER PRIMARY KEY, version TEXT, git TEXT, compiler TEXT, flags "
    "TEXT,"
    " cpu TEXT, host TEXT, kernel TEXT, created TEXT, command TEXT, scenario TEXT,"
    " scenario_path TEXT, seed TEXT, plugins TEXT, scenario_text TEXT, scenario_hash TEXT,"
    " checksum BLOB);"
    "CREATE TABLE point(run_id INTEGER, point TEXT, position INTEGER, path TEXT, text TEXT,"
    " number REAL, checksum BLOB, PRIMARY KEY(run_id, point, path)) WITHOUT ROWID;"
    "CREATE TABLE contender(run_id INTEGER, point TEXT, label TEXT, position INTEGER, policy TEXT,"
    " replications INTEGER, confidence REAL, checksum BLOB, PRIMARY KEY(run_id, point, label))"
    " WITHOUT ROWID;"
    "CREATE TABLE run_trial(run_id INTEGER, point TEXT, label TEXT, trial_hash BLOB, checksum "
    "BLOB,"
    " PRIMARY KEY(run_id, point, label, trial_hash)) WITHOUT ROWID;"
    "CREATE TABLE cost(trial_hash BLOB PRIMARY KEY, run_id INTEGER, wall_s REAL, cpu_s REAL,"
    " checksum BLOB) WITHOUT ROWID;"
    "CREATE TABLE trial(trial_hash BLOB PRIMARY KEY, policy TEXT NOT NULL,"
    " replication INTEGER NOT NULL, seed TEXT NOT NULL, pilot INTEGER NOT NULL,"
    " status TEXT NOT NULL, reason TEXT, events INTEGER NOT NULL, checksum BLOB) WITHOUT ROWID;"
    "CREATE TABLE param(trial_hash BLOB, name TEXT, value TEXT NOT NULL,"
    " PRIMARY KEY(trial_hash, name)) WITHOUT ROWID;"
    "CREATE TABLE value(trial_hash BLOB, scope TEXT, metric TEXT, statistic TEXT, value REAL,"
    " unit TEXT NOT NULL, PRIMARY KEY(trial_hash, scope, metric, statistic)) WITHOUT ROWID;"
    "CREATE TABLE histogram_data(trial_hash BLOB, scope TEXT, metric TEXT, counts BLOB NOT NULL,"
    " PRIMARY KEY(trial_hash, scope, metric)) WITHOUT ROWID;"
    "CREATE TABLE series(trial_hash BLOB, scope TEXT, metric TEXT, time REAL, value REAL,"
    " PRIMARY KEY(trial_hash, scope, metric, time)) WITHOUT ROWID;"
    "CREATE TABLE interval(run_id INTEGER, point TEXT, label TEXT, scope TEXT, metric TEXT,"
    " statistic TEXT, n INTEGER NOT NULL, value REAL, low REAL, high REAL, se REAL, confidence "
    "REAL,"
    " method TEXT, why TEXT, checksum BLOB,"
    " PRIMARY KEY(run_id, point, label, scope, metric, statistic)) WITHOUT ROWID;"
    "CREATE TABLE warning(run_id INTEGER, point TEXT, label TEXT, code TEXT, message TEXT,"
    " checksum BLOB, PRIMARY KEY(run_id, point, label, code, message)) WITHOUT ROWID;"
    /* An interval is shown only if it speaks of the very replications that are there. */
    "CREATE VIEW summary AS"
    " WITH newest AS (SELECT max(run_id) AS run_id FROM run), found AS ("
    "  SELECT run_id, point, policy, label, scope, metric, statistic, count(*) AS n,"
    "   CASE WHEN count(v.value) = count(*) THEN avg(v.value) END AS mean, max(unit) AS unit"
    "  FROM newest JOIN run_trial USING (run_id) JOIN trial AS t USING (trial_hash)"
    "   JOIN value AS v USING (trial_hash) WHERE status = 'ok' AND NOT pilot"
    "  GROUP BY point, policy, label, scope, metric, statistic)"
    " SELECT f.point, f.policy, f.label, f.scope, f.metric, f.statistic,"
    "  CASE WHEN i.n IS NULL THEN f.mean ELSE i.value END AS value, i.low, i.high, i.se, f.n,"
    "  i.confidence, i.method,"
    "  CASE WHEN i.n IS NULL THEN 'the run did not end' ELSE i.why END AS why, f.unit"
    " FROM found AS f LEFT JOIN interval AS i USING (run_id, point, label, scope, metric, "
    "statistic, n);"
    "CREATE VIEW replications AS"
    " SELECT point, policy, label, replication, seed, scope, metric, statistic, value, unit"
    " FROM run_trial JOIN trial USING (trial_hash) JOIN value USING (trial_hash)"
    " WHERE run_id = (SELECT max(run_id) FROM run) AND status = 'ok' AND NOT pilot;";

/* Live runs are counted by themselves: the newest run of simulations stays what it was. A store
 * gets these tables with its first live run. */
static const char store_schema_live[] =
    "CREATE TABLE IF NOT EXISTS live_run(live_id INTEGER PRIMARY KEY, version TEXT, git TEXT,"
    " compiler TEXT, flags TEXT, cpu TEXT, host TEXT, kernel TEXT, created TEXT, command TEXT,"
    " scenario TEXT, scenario_path TEXT, seed TEXT, scenario_text TEXT, scenario_hash TEXT,"
    " kind TEXT, transport TEXT, tls INTEGER, time_scale REAL, through TEXT, scheduler TEXT,"
    " checksum BLOB);"
    "CREATE TABLE IF NOT EXISTS live_contender(live_id INTEGER, point TEXT, label TEXT,"
    " position INTEGER, policy TEXT, gate TEXT, gate_why TEXT, issued INTEGER, measured INTEGER,"
    " verdict TEXT, why TEXT, checksum BLOB, PRIMARY KEY(live_id, point, label)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS live_try(live_id INTEGER, point TEXT, label TEXT, phase TEXT,"
    " try INTEGER, chosen INTEGER, gate TEXT, why TEXT, overhead REAL, send REAL, steal REAL,"
    " slow_share REAL, rate REAL, overload INTEGER, checksum BLOB,"
    " PRIMARY KEY(live_id, point, label, phase, try)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS live_value(live_id INTEGER, point TEXT, label TEXT, world TEXT,"
    " metric TEXT, statistic TEXT, value REAL, low REAL, high REAL, unit TEXT, checksum BLOB,"
    " PRIMARY KEY(live_id, point, label, world, metric, statistic)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS live_histogram(live_id INTEGER, point TEXT, label TEXT,"
    " world TEXT, metric TEXT, counts BLOB, checksum BLOB,"
    " PRIMARY KEY(live_id, point, label, world, metric)) WITHOUT ROWID;"
    "CREATE VIEW IF NOT EXISTS live_summary AS"
    " SELECT point, policy, label, gate, verdict, world, metric, statistic, value, low, high, unit"
    " FROM live_contender JOIN live_value USING (live_id, point, label)"
    " WHERE live_id = (SELECT max(live_id) FROM live_run);";

static const char *const store_sql[STATEMENTS] = {
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [BEGIN_READ] = "BEGIN",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [NEXT_RUN] = "SELECT coalesce(max(run_id), 0) + 1 FROM run",
    [PUT_RUN] = "INSERT INTO run VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [PUT_POINT] = "INSERT OR REPLACE INTO point VALUES (?,?,?,?,?,?,?)",
    [PUT_CONTENDER] = "INSERT OR REPLACE INTO contender VALUES (?,?,?,?,?,?,?,?)",
    [PUT_WARNING] = "INSERT OR REPLACE INTO warning VALUES (?,?,?,?,?,?)",
    [PUT_RUN_TRIAL] = "INSERT OR IGNORE INTO run_trial VALUES (?,?,?,?,?)",
    [PUT_COST] = "INSERT OR REPLACE INTO cost VALUES (?,?,?,?,?)",
    [PUT_TRIAL] = "INSERT OR REPLACE INTO trial VALUES (?,?,?,?,?,?,?,?,?)",
    [PUT_PARAM] = "INSERT INTO param VALUES (?,?,?)",
    [PUT_VALUE] = "INSERT INTO value VALUES (?,?,?,?,?,?)",
    [PUT_HISTOGRAM] = "INSERT INTO histogram_data VALUES (?,?,?,?)",
    [PUT_SERIES] = "INSERT INTO series VALUES (?,?,?,?,?)",
    [PUT_INTERVAL] = "INSERT OR REPLACE INTO interval VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [DROP_PARAMS] = "DELETE FROM param WHERE trial_hash = ?",
    [DROP_VALUES] = "DELETE FROM value WHERE trial_hash = ?",
    [DROP_HISTOGRAMS] = "DELETE FROM histogram_data WHERE trial_hash = ?",
    [DROP_USE] =
        "DELETE FROM run_trial WHERE run_id = ? AND point = ? AND label = ? AND trial_hash "
        "NOT IN (SELECT trial_hash FROM trial WHERE pilot)",
    [DROP_LOST_USES] =
        "DELETE FROM run_trial WHERE trial_hash NOT IN (SELECT trial_hash FROM trial)",
    [DROP_LOST_COSTS] = "DELETE FROM cost WHERE trial_hash NOT IN (SELECT trial_hash FROM trial)",
    [DROP_SERIES] = "DELETE FROM series WHERE trial_hash = ?",
    [HAS_TRIAL] = "SELECT 1 FROM trial WHERE trial_hash = ? AND status = 'ok'",
    [GET_TRIAL] = "SELECT * FROM trial WHERE trial_hash = ?",
    [GET_COST] = "SELECT * FROM cost WHERE trial_hash = ?",
    [GET_PARAMS] = "SELECT * FROM param WHERE trial_hash = ?",
    [GET_VALUES] = "SELECT * FROM value WHERE trial_hash = ?",
    [GET_HISTOGRAMS] = "SELECT * FROM histogram_data WHERE trial_hash = ?",
    [GET_SERIES] = "SELECT * FROM series WHERE trial_hash = ?",
    [LIST_LAST] = "SELECT * FROM run_trial WHERE run_id = (SELECT max(run_id) FROM run)",
    [LIST_TRIALS] = "SELECT trial_hash FROM trial",
    [LIST_USED] = "SELECT trial_hash FROM run_trial",
    [LIST_COSTS] = "SELECT trial_hash FROM cost",
    [ALL_RUNS] = "SELECT * FROM run",
    [ALL_POINTS] = "SELECT * FROM point",
    [ALL_CONTENDERS] = "SELECT * FROM contender",
    [ALL_USED] = "SELECT * FROM run_trial",
    [ALL_WARNINGS] = "SELECT * FROM warning",
    [ALL_COSTS] = "SELECT * FROM cost",
    [ALL_INTERVALS] = "SELECT * FROM interval",
    [LAST_RUN] = "SELECT * FROM run ORDER BY run_id DESC LIMIT 1",
    [LAST_POINTS] = "SELECT * FROM point WHERE run_id = (SELECT max(run_id) FROM run)"
                    " ORDER BY position",
    [LAST_CONTENDERS] = "SELECT * FROM contender WHERE run_id = (SELECT max(run_id) FROM run)"
                        " ORDER BY position",
    [LAST_INTERVALS] = "SELECT * FROM interval WHERE run_id = (SELECT max(run_id) FROM run)",
    [NEXT_LIVE] = "SELECT coalesce(max(live_id), 0) + 1 FROM live_run",
    [PUT_LIVE_RUN] = "INSERT INTO live_run VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [PUT_LIVE_CONTENDER] = "INSERT OR REPLACE INTO live_contender VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
    [PUT_LIVE_TRY] = "INSERT OR REPLACE INTO live_try VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [PUT_LIVE_VALUE] = "INSERT INTO live_value VALUES (?,?,?,?,?,?,?,?,?,?,?)",
    [PUT_LIVE_HISTOGRAM] = "INSERT INTO live_histogram VALUES (?,?,?,?,?,?,?)",
    [ALL_LIVE_RUNS] = "SELECT * FROM live_run",
    [ALL_LIVE_CONTENDERS] = "SELECT * FROM live_contender",
    [ALL_LIVE_TRIES] = "SELECT * FROM live_try",
    [ALL_LIVE_VALUES] = "SELECT * FROM live_value",
    [ALL_LIVE_HISTOGRAMS] = "SELECT * FROM live_histogram",
    [HAS_LIVE] = "SELECT count(*) FROM sqlite_schema WHERE name = 'live_run'",
    [LAST_LIVE_RUN] = "SELECT * FROM live_run ORDER BY live_id DESC LIMIT 1",
    [LAST_LIVE_CONTENDERS] =
        "SELECT * FROM live_contender WHERE live_id = (SELECT max(live_id) FROM live_run)"
        " ORDER BY position",
    [LAST_LIVE_TRIES] =
        "SELECT t.* FROM live_try AS t JOIN live_contender USING (live_id, point, label)"
        " WHERE live_id = (SELECT max(live_id) FROM live_run) ORDER BY position, phase, try",
    [LAST_LIVE_VALUES] =
        "SELECT v.* FROM live_value AS v JOIN live_contender USING (live_id, point, label)"
        " WHERE live_id = (SELECT max(live_id) FROM live_run)"
        " ORDER BY position, world, metric, statistic",
    [LAST_LIVE_HISTOGRAMS] =
        "SELECT h.* FROM live_histogram AS h JOIN live_contender USING (live_id, point, label)"
        " WHERE live_id = (SELECT max(live_id) FROM live_run) ORDER BY position, world, metric",
    [LAST_WARNINGS] = "SELECT * FROM warning WHERE run_id = (SELECT max(run_id) FROM run)",
};

#endif
