/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the models of the table are asked; for theory_models.c only. */
#ifndef MODELS_THEORY_SOLVE_H
#define MODELS_THEORY_SOLVE_H

#include "models/theory_table.h"

/* The words of the choices. */
extern const char *const theory_interarrivals[], *const theory_laws[];

/* Requests per second at load 1: for one server, or a request on every server; for servers that
 * share the requests; for the classes of `priority`. */
double full_one(const struct theory_question *);
double full_servers(const struct theory_question *);
double full_classes(const struct theory_question *);
/* For servers passed in turn, the slowest; for two side by side, both; for one that breaks down. */
double full_slowest(const struct theory_question *);
double full_both(const struct theory_question *);
double full_available(const struct theory_question *);

/* Why a parameter does not count beside the others, or NULL: see `unused` of theory_parameter. */
const char *unused_gim1_scv(const struct theory_question *);
const char *unused_srpt_scv(const struct theory_question *);
const char *unused_tokens(const struct theory_question *);
const char *unused_service(const struct theory_question *);
const char *unused_scv(const struct theory_question *);

const char *solve_mm1(const struct theory_question *, struct theory_answer *);
const char *solve_mm1ps(const struct theory_question *, struct theory_answer *);
const char *solve_mg1(const struct theory_question *, struct theory_answer *);
const char *solve_mg1ps(const struct theory_question *, struct theory_answer *);
const char *solve_lcfs_pr(const struct theory_question *, struct theory_answer *);
const char *solve_mginf(const struct theory_question *, struct theory_answer *);
const char *solve_dm1(const struct theory_question *, struct theory_answer *);
const char *solve_batch(const struct theory_question *, struct theory_answer *);
const char *solve_mmc(const struct theory_question *, struct theory_answer *);
const char *solve_mmck(const struct theory_question *, struct theory_answer *);
const char *solve_erlang_b(const struct theory_question *, struct theory_answer *);
const char *solve_erlang_a(const struct theory_question *, struct theory_answer *);
const char *solve_mm1d(const struct theory_question *, struct theory_answer *);
const char *solve_closed(const struct theory_question *, struct theory_answer *);
const char *solve_random(const struct theory_question *, struct theory_answer *);
const char *solve_round_robin(const struct theory_question *, struct theory_answer *);
const char *solve_jsq_d_limit(const struct theory_question *, struct theory_answer *);
const char *solve_jiq_limit(const struct theory_question *, struct theory_answer *);
const char *solve_redundancy_d(const struct theory_question *, struct theory_answer *);
const char *solve_redundancy_d_limit(const struct theory_question *, struct theory_answer *);
const char *solve_fork_join_2(const struct theory_question *, struct theory_answer *);
const char *solve_fork_join(const struct theory_question *, struct theory_answer *);
const char *solve_gim1(const struct theory_question *, struct theory_answer *);
const char *solve_srpt(const struct theory_question *, struct theory_answer *);
const char *solve_priority(const struct theory_question *, struct theory_answer *);
const char *solve_two_servers(const struct theory_question *, struct theory_answer *);
const char *solve_breakdown(const struct theory_question *, struct theory_answer *);
const char *solve_tandem(const struct theory_question *, struct theory_answer *);
const char *solve_mm1_timeout(const struct theory_question *, struct theory_answer *);
const char *solve_hedge(const struct theory_question *, struct theory_answer *);
const char *solve_retry(const struct theory_question *, struct theory_answer *);
const char *solve_fan_out(const struct theory_question *, struct theory_answer *);
const char *solve_mmpp1(const struct theory_question *, struct theory_answer *);

#endif
