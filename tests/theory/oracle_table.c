/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/theory/oracle_table.h"

/* ---- Work, in units of its mean. */
#define CONSTANT       "\"" ORACLE_UNIT "\""
#define EXPONENTIAL    "{\"distribution\": \"exponential\", \"mean\": \"" ORACLE_UNIT "\"}"
#define ERLANG(phases) WORK("erlang", "phases", phases)
#define HYPER(scv)     WORK("hyperexponential", "scv", scv)
#define LOGNORMAL(scv) WORK("lognormal", "scv", scv)
#define UNIFORM        "{\"distribution\": \"uniform\", \"least\": 0, \"most\": \"20ms\"}"
#define WORK(kind, key, value)                                                                     \
    "{\"distribution\": \"" kind "\", \"" key "\": " #value ", \"mean\": \"" ORACLE_UNIT "\"}"

#define GAMMA(scv)     WORK("gamma", "scv", scv)
#define WEIBULL(shape) WORK("weibull", "shape", shape)
#define PARETO_1_1     BOUNDED_PARETO(1.1, 1.8215958884542807, 1821.5958884542807)
#define PARETO_1_5     BOUNDED_PARETO(1.5, 3.4420759220056124, 3442.0759220056124)
#define PARETO_2_5     BOUNDED_PARETO(2.5, 6.000005999406, 60000.05999406)
#define BOUNDED_PARETO(shape, least, most)                                                         \
    "{\"distribution\": \"bounded_pareto\", \"shape\": " #shape ", \"least\": \"" #least           \
    "ms\", \"most\": \"" #most "ms\"}"
#define TRIANGULAR                                                                                 \
    "{\"distribution\": \"triangular\", \"least\": 0, \"mode\": \"10ms\", \"most\": \"20ms\"}"
#define BIMODAL  VALUES("bimodal", "\"5ms\", \"55ms\"", "0.9, 0.1")
#define DISCRETE VALUES("discrete", "\"5ms\", \"10ms\", \"40ms\"", "0.6, 0.3, 0.1")
#define EMPIRICAL                                                                                  \
    "{\"distribution\": \"empirical\", \"values\": [\"2ms\", \"6ms\", \"8ms\", \"24ms\"]}"
#define VALUES(kind, values, weights)                                                              \
    "{\"distribution\": \"" kind "\", \"values\": [" values "], \"weights\": [" weights "]}"
#define EXPONENTIAL_OF(ms) "{\"distribution\": \"exponential\", \"mean\": \"" #ms "ms\"}"
/* Work, and how long a client waits for its service to begin: of exponential law, or exactly. */
#define IMPATIENT(work, ms) work ", \"patience\": " EXPONENTIAL_OF(ms)
#define PATIENT(work, ms)   work ", \"patience\": \"" #ms "ms\""

/* ---- Clients: Poisson or evenly spaced at a load or at a rate per second, or a fixed number. */
#define LOAD(load, work)  "\"load\": " #load ", \"clients\": {\"service\": " work "}"
#define PACED(load, work) "\"load\": " #load ", " CLIENTS("\"deterministic\"", work)
#define RATE(rate, work)  CLIENTS("\"poisson\", \"rate\": " #rate, work)
#define USERS(users, think, work)                                                                  \
    CLIENTS("\"closed\", \"population\": " #users                                                  \
            ", \"think\": {\"distribution\": \"exponential\", \"mean\": \"" #think "\"}",          \
            work)
#define CLIENTS(arrivals, work)                                                                    \
    "\"clients\": {\"arrivals\": {\"process\": " arrivals "}, \"service\": " work "}"

#define GAPS(load, gaps, work)                                                                     \
    "\"load\": " #load ", " CLIENTS("\"renewal\", \"interarrival\": " gaps, work)
#define BATCHES(load, size, work)                                                                  \
    "\"load\": " #load ", " CLIENTS("\"batch\", \"size\": " size, work)
#define JUMPING(rates, leave, work)                                                                \
    CLIENTS("\"mmpp\", \"rates\": [" rates "], \"switch\": [" leave "]", work)
#define ON_OFF(rate, on, off, work)                                                                \
    CLIENTS("\"on_off\", \"rate\": " #rate ", \"on\": " on ", \"off\": " off, work)
#define SESSIONS(load, requests, think, work)                                                      \
    LOAD(load, work ", \"sessions\": {\"requests\": " requests ", \"think\": " think "}")
#define SINUSOID(mean, amplitude, period, work)                                                    \
    CLIENTS("\"nonhomogeneous\", \"rates\": {\"mean\": " #mean ", \"amplitude\": " #amplitude      \
            ", \"period\": \"" #period "\"}",                                                      \
            work)
#define LINKED(work) work ", \"link\": \"far\""
/* Two clients at equal rates, the first the more important one. */
#define CLASSES(load, work, other)                                                                 \
    "\"load\": " #load                                                                             \
    ", \"clients\": [{\"name\": \"class1\", \"priority\": 1, \"service\": " work                   \
    "}, {\"name\": \"class2\", \"service\": " other "}]"

/* ---- Servers. */
#define FIFO(servers)          "{\"count\": " #servers "}"
#define CORES(cores)           "{\"cores\": " #cores "}"
#define PS(servers)            "{\"count\": " #servers ", \"discipline\": \"ps\"}"
#define PS_CORES(cores)        "{\"cores\": " #cores ", \"discipline\": \"ps\"}"
#define PLACES(cores, waiting) "{\"cores\": " #cores ", \"queue_limit\": " #waiting "}"
#define SPEEDS(one, other)     "[{\"speed\": " #one "}, {\"speed\": " #other "}]"

#define LIFO(cores)  "{\"cores\": " #cores ", \"discipline\": \"lifo\"}"
#define UNLIMITED    "{\"cores\": \"unlimited\"}"
#define SRPT         "{\"discipline\": \"srpt\"}"
#define PRIORITY     "{\"discipline\": \"priority\"}"
#define PREEMPTIVE   "{\"discipline\": {\"discipline\": \"priority\", \"preemptive\": true}}"
#define ONE_AND_HOLE "[{\"name\": \"sound\"}, {\"name\": \"hole\"}]"

/* A request of several parts; leaves of which one in a hundred is slow. */
#define PARTS(work, parts) work ", \"fan_out\": {\"parts\": " #parts "}"
#define SLOW_LEAVES        VALUES("bimodal", "\"10ms\", \"2s\"", "0.99, 0.01")
#define UNLIMITED_PAIR     "{\"count\": 2, \"cores\": \"unlimited\"}"

/* ---- More. */
#define ATTEMPTS(attempts)  "\"balancers\": {\"attempts\": {" attempts "}}"
#define LINK(name, latency) "\"links\": {\"name\": \"" name "\", \"latency\": " latency "}"
#define BLACK_HOLE(us)                                                                             \
    "\"timeline\": {\"at\": 0, \"server\": \"hole\", \"state\": \"black_hole\", \"answer\": "      \
    "{\"distribution\": \"exponential\", \"mean\": \"" #us "us\"}}"

/* ---- Policies. */
#define POLICY(name)              "\"" #name "\""
#define CHOICES(choices)          "{\"policy\": \"p2c\", \"d\": " #choices "}"
#define CHOICES_REPEATED(choices) CHOICES_WITH(choices, "replacement", "true")
#define CHOICES_TIED(choices)     CHOICES_WITH(choices, "tie", "\"random\"")
#define CHOICES_WITH(choices, key, value)                                                          \
    "{\"policy\": \"p2c\", \"d\": " #choices ", \"" key "\": " value "}"
#define SHORTEST_FIRST "{\"policy\": \"jsq\", \"tie\": \"first\"}"
#define SHORTEST_DELAY "{\"policy\": \"sed\", \"by\": \"rate\", \"tie\": \"random\"}"

#define BALANCERS(balancers) "\"balancers\": {\"count\": " #balancers "}"

/* ---- What a short run measures. */
#define WINDOWS(windows) "\"windows\": {\"at\": [" windows "], \"metrics\": [\"in_system.mean\"]}"
#define NEAR(from, to)   "{\"from\": \"" #from "ms\", \"to\": \"" #to "ms\"}"

/* ---- Sources. */
#define KLEINROCK      "Kleinrock 1975, Queueing Systems 1, section 3.2"
#define POLLACZEK      "Pollaczek 1930, Takacs 1962; quantiles by inversion, Abate and Whitt 2006"
#define KLEINROCK_GIM1 "Kleinrock 1975, section 6.4 (GI/M/1)"
#define GROSS_BATCH    "Gross and Harris 1998, section 3.1 (batches)"
#define NEUTS          "matrix-geometric solution: Neuts 1981, Matrix-Geometric Solutions, section 6.2"
#define SAKATA         "Sakata, Noguchi, Oizumi 1969; Coffman, Muntz, Trotter 1970"
#define TAKACS         "Takacs 1962 (machine repair); interactive response time law"
#define ERLANG_LOSS    "Erlang 1917; Sevastyanov 1957 (any work of that mean)"
#define GROSS          "Gross and Harris 1998, section 2.4"
#define ERLANG_WAIT    "Erlang 1917; quantiles: Gross and Harris 1998, section 2.3"
#define CHAIN_PHASES                                                                               \
    "Markov chain by level and phase, sparse LU; as in Seelen, Tijms, van Hoorn 1985"
#define CROMMELIN      "Crommelin 1932"
#define SPLITTING      "splitting of a Poisson process"
#define SIZES          "Harchol-Balter, Crovella, Murta 1999 (random split: Pollaczek-Khinchine)"
#define CHAIN_SHORTEST "Markov chain solved numerically; two servers: Flatto and McKean 1977"
#define CHAIN_IDLE     "Markov chain solved numerically; policy: Lu et al. 2011"
#define CHAIN_TOKENS   "mean field of requests and tokens, solved numerically; policy: Lu et al. 2011"
#define CHAIN_TWO      "Markov chain of two queues, sparse LU"
#define VVEDENSKAYA    "Vvedenskaya, Dobrushin, Karpelevich 1996; Mitzenmacher 1996"
#define GAST           "refined mean field: Gast 2017; Gast and Van Houdt 2018"
#define BUSY_PERIOD    "Kleinrock 1975, section 5.8 (busy period); 1976, section 4.1"
#define SCHRAGE        "Schrage and Miller 1966"
#define COBHAM         "Cobham 1954"
#define WHITE          "White and Christie 1958; Kleinrock 1976, section 3.6"
#define PALM           "Palm 1957; Garnett, Mandelbaum, Reiman 2002"
#define BARRER         "Barrer 1957; Baccelli and Hebuterne 1981"
#define JENSEN         "Jensen 1953 (uniformization)"
#define EICK           "Eick, Massey, Whitt 1993"
#define JACKSON        "Jackson 1957; Kelly 1979, chapter 3"
#define BASKETT        "Baskett, Chandy, Muntz, Palacios 1975"
#define DOOB           "Doob 1953 (displaced Poisson points)"
#define BUZEN          "Buzen and Chen 1974; Bell and Stidham 1983"
#define GARDNER        "Gardner et al. 2017, Operations Research 65(4) (independent copies)"
#define FLATTO_HAHN    "Flatto and Hahn 1984; Nelson and Tantawi 1988"
#define HEDGES         "exponential law without memory; Dean and Barroso 2013"
#define HARMONIC       "order statistics of exponential laws; Dean and Barroso 2013"
#define GEOMETRIC      "geometric sum of attempts"
#define KELLY          "Kelly 1979, chapter 3 (routes by class)"
#define TAKACS_LIFO    "Takacs 1963 (last come, first served)"
#define GUARD_CHANNELS "birth and death process (trunk reservation: Akimaru and Kawashima 1993)"
#define ERLANG_MD1     "Erlang 1909 (the law of work in M/D/1), bounded"
#define LEVEL_CROSSING "Brill and Posner 1977 (level crossing)"

/* ---- Rows. */
#define EXACT(id, metric, value)                                                                   \
    {                                                                                              \
        id, metric, ORACLE_EXACT, value, 0.0, ORACLE_MEASURED                                      \
    }
#define NUMERIC(id, metric, value, error)                                                          \
    {                                                                                              \
        id, metric, ORACLE_NUMERIC, value, error, ORACLE_MEASURED                                  \
    }
#define NUMERIC_AT(window, id, metric, value, error)                                               \
    {                                                                                              \
        id, metric, ORACLE_NUMERIC, value, error, window                                           \
    }
#define LIMIT(id, metric, value, tolerance)                                                        \
    {                                                                                              \
        id, metric, ORACLE_LIMIT, value, tolerance, ORACLE_MEASURED                                \
    }
#define SCENARIO(name, source, thousands, clients, servers, policy, ...)                           \
    SCENARIO_WITH(name, source, thousands, clients, servers, policy, "", __VA_ARGS__)
#define SCENARIO_WITH(name, source, thousands, clients, servers, policy, more, ...)                \
    { name,                                                                                        \
      source,                                                                                      \
      thousands,                                                                                   \
      clients,                                                                                     \
      servers,                                                                                     \
      policy,                                                                                      \
      more,                                                                                        \
      NULL,                                                                                        \
      (const struct oracle_row[]) { __VA_ARGS__,                                                   \
                                    { NULL, NULL, ORACLE_EXACT, 0.0, 0.0, ORACLE_MEASURED } } },
/* From an empty start: many replications, each as long as `run` says, without a warm-up. */
#define TRANSIENT(name, source, thousands, clients, servers, policy, run, ...)                     \
    { name,                                                                                        \
      source,                                                                                      \
      thousands,                                                                                   \
      clients,                                                                                     \
      servers,                                                                                     \
      policy,                                                                                      \
      "",                                                                                          \
      "\"warmup\": 0, " run,                                                                       \
      (const struct oracle_row[]) { __VA_ARGS__,                                                   \
                                    { NULL, NULL, ORACLE_EXACT, 0.0, 0.0, ORACLE_MEASURED } } },

const struct oracle_scenario oracle_scenarios[] = {
#include "tests/theory/oracle_arrival.def"
#include "tests/theory/oracle_attempts.def"
#include "tests/theory/oracle_central.def"
#include "tests/theory/oracle_central_general.def"
#include "tests/theory/oracle_guard.def"
#include "tests/theory/oracle_idle.def"
#include "tests/theory/oracle_leave.def"
#include "tests/theory/oracle_limit.def"
#include "tests/theory/oracle_order.def"
#include "tests/theory/oracle_parts.def"
#include "tests/theory/oracle_sharing.def"
#include "tests/theory/oracle_shortest.def"
#include "tests/theory/oracle_single.def"
#include "tests/theory/oracle_split.def"
#include "tests/theory/oracle_transient.def"
#include "tests/theory/oracle_work.def"
};
const size_t oracle_scenarios_n = sizeof oracle_scenarios / sizeof oracle_scenarios[0];

const char *oracle_kind_name(enum oracle_kind kind)
{
    static const char *const names[] = { "exact", "numeric", "limit" };

    return names[kind];
}
