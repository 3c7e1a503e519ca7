/* Claims of a result one by one: costed anew, checked by the oracle, told as
 * text and as JSON. */
#include "codegen/proof_report.h"

#include "base/text.h"
#include "codegen/method_parts.h"

#include <string.h>
#include <time.h>

/* When a part of the checks ends, requests aside. */
static struct search_stop stop_of(const struct proof_report_options *wanted)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	struct search_stop stop = {0};
	if (wanted->stop)
		stop = *wanted->stop;
	stop.deadline = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec +
		wanted->seconds;
	stop.grace = 1e-9; /* nothing has to be found */
	stop.requested_ns = NULL;
	return stop;
}

static bool nest_check(struct ctx *ctx, const struct result *result,
	size_t index, const struct proof_report_options *wanted,
	struct nest_proof *out)
{
	const struct nest *nest = &result->network.nests[index].nest;
	const struct mapspace *space = &result->plan.mapspaces[index];
	const struct search_stop stop = stop_of(wanted);
	struct search_options options = {.rule = result->plan.rule,
		.tiles = result->results[index].tiles,
		.limits = result->plan.limits,
		.stop = &stop};
	for (int o = 0; o < OBJ_COUNT; o++) {
		const struct best *best = &result->results[index].best[o];
		out->claim[o].least = best->proof.bound;
		if (best->proof.proven)
			out->claim[o].winner = &best->winner;
		out->claimed[o] = best->proof.proven || best->proof.bound > 0;
		if (out->claimed[o])
			options.objectives |= 1u << o;
	}
	const struct search_result *found = &result->results[index];
	if (found->front_proof.proven) {
		out->claimed[CLAIM_FRONT] = options.front = true;
		out->claim[CLAIM_FRONT].front = found->front;
		out->claim[CLAIM_FRONT].front_count = found->front_count;
	}
	if (!options.objectives && !options.front)
		return true;
	if (search_stopped(wanted->stop)) {
		for (int k = 0; k < CLAIM_COUNT; k++)
			out->verdict[k].verdict = VERDICT_OPEN;
		return true;
	}
	int64_t brute_most = space->tilings ? wanted->brute_most : -1;
	struct ctx scratch;
	ctx_init(&scratch, ctx->messages, ctx->arena.guard);
	bool ok = proof_check(&scratch, nest, &result->arch, &options, space,
		brute_most, out->claim, out->verdict);
	ctx_release(&scratch);
	return ok;
}

/* What the counts of proofs are held against. */
static void counts_list(struct ctx *ctx, struct result *result,
	const struct proof_report_options *options)
{
	struct proof_counts *counts = arena_array(
		&ctx->arena, result->network.count, sizeof *counts);
	const struct search_stop stop = stop_of(options);
	for (size_t i = 0; i < result->network.count; i++)
		proof_counts_list(ctx, &result->network.nests[i].nest,
			&result->arch, result->results[i].tiles, &stop,
			&counts[i]);
	result->counts = counts;
}

bool proof_report_make(struct ctx *ctx, struct result *result,
	const struct proof_report_options *options, struct proof_report *out)
{
	size_t count = result->network.count;
	*out = (struct proof_report){.result = result};
	out->nests = arena_array(&ctx->arena, count, sizeof *out->nests);
	if (options->progress)
		options->progress(options->progress_arg, 0, count);
	plan_count_mapspaces(ctx, &result->plan, options->stop, 1);
	counts_list(ctx, result, options);
	out->consistent = result_check(ctx, result);
	for (size_t i = 0; i < count; i++) {
		struct nest_proof *nest = &out->nests[i];
		if (!nest_check(ctx, result, i, options, nest))
			return false;
		const struct search_stop apart = stop_of(options);
		if (!perfect_check(ctx, result, i, &apart, &out->consistent,
			    &out->perfect))
			return false;
		for (int o = 0; o < OBJ_COUNT; o++)
			out->unproven += !result->results[i].best[o].proof.proven;
		for (int k = 0; k < CLAIM_COUNT; k++) {
			out->claims += nest->claimed[k];
			out->verdicts[nest->verdict[k].verdict] +=
				nest->claimed[k];
		}
		out->fronts |= nest->claimed[CLAIM_FRONT];
		if (options->progress)
			options->progress(options->progress_arg, i + 1, count);
	}
	bool fronts = true; /* all are confirmed */
	for (size_t i = 0; i < count; i++) {
		const struct nest_proof *nest = &out->nests[i];
		enum verdict v = nest->verdict[CLAIM_FRONT].verdict;
		fronts &= nest->claimed[CLAIM_FRONT] &&
			(v == VERDICT_BRUTE || v == VERDICT_BOUNDS);
	}
	trade_offs_check(ctx, result, &out->consistent);
	const struct search_stop stop = stop_of(options);
	if (!choice_proof_make(ctx, result, fronts, &stop, &out->consistent,
		    &out->choice))
		return false;
	out->claims += out->choice.claimed;
	out->verdicts[out->choice.verdict] += out->choice.claimed;
	return true;
}

/* --- text ----------------------------------------------------------------- */

/* The better mapping of a refuted claim. */
static void better_add(struct text *text, const struct proof_report *report,
	size_t index, int kind)
{
	const struct nest_proof *nest = &report->nests[index];
	const struct candidate *better = &nest->verdict[kind].better;
	const struct estimate *e = &better->estimate;
	const char *cell[SEED_SLOTS][LOOP_COUNT + 2];
	struct ctx *ctx = text->ctx;
	text_add(text, "\nnest %zu (%s), %s: ", index,
		diag_quote(ctx, report->result->network.nests[index].example),
		claim_name(kind));
	if (kind == CLAIM_FRONT)
		text_add(text, "it lacks");
	else
		text_add(text, "%.17g is claimed to be the least; %.17g,",
			nest->claim[kind].least,
			objective_value((enum objective)kind, e));
	text_add(text, " %s pJ in %s cycles, with\n",
		text_whole(ctx, e->energy_pj), text_count(ctx, e->cycles));
	for (int v = 0; v < SEED_SLOTS; v++) {
		int slot = seed_slot[v];
		const char *order = "";
		cell[v][0] = slot_name(slot);
		for (int l = 0; l < LOOP_COUNT; l++) {
			cell[v][l + 1] = arena_printf(&ctx->arena, "%s %lld",
				loop_name((enum loop)l),
				(long long)
					better->mapping.tiling.factor[slot][l]);
			if (v < SEED_ORDERED)
				order = arena_printf(&ctx->arena, "%s%s%s",
					order, l ? " " : "order ",
					loop_name((enum loop)better->mapping
							  .order[slot][l]));
		}
		cell[v][LOOP_COUNT + 1] = order;
	}
	text_table(text, "lllllllll", SEED_SLOTS, &cell[0][0]);
}

static void choice_add(struct text *text, const struct choice_proof *choice)
{
	struct ctx *ctx = text->ctx;
	if (!choice->claimed)
		return;
	text_add(text, "\nchoice for the network, %s pJ in %s cycles: %s\n",
		text_count(ctx, choice->claim.energy_pj),
		text_count(ctx, choice->claim.cycles),
		verdict_name(choice->verdict));
	if (choice->verdict == VERDICT_REFUTED)
		text_add(text, "better: %s pJ in %s cycles\n",
			text_count(ctx, choice->better.energy_pj),
			text_count(ctx, choice->better.cycles));
}

static const char *verdict_cell(
	struct ctx *ctx, const struct nest_proof *nest, int kind)
{
	if (!nest->claimed[kind])
		return "nothing claimed";
	bool bound = kind != CLAIM_FRONT && !nest->claim[kind].winner;
	return arena_printf(&ctx->arena, "%s%s", bound ? "bound " : "",
		verdict_name(nest->verdict[kind].verdict));
}

/* What is taken from the file as it is (docs/search.md), each behind a space. */
static const char *not_checked(struct ctx *ctx, const struct result *result)
{
	struct text text = {.ctx = ctx};
	size_t forms = 0;
	for (size_t i = 0; i < result->layers.count; i++) {
		const struct layer *layer = &result->layers.layers[i];
		bool several = false;
		for (size_t n = 0; n < layer->nest_count; n++)
			several |= layer->nests[n].form_count > 0;
		forms += several;
	}
	text_add(&text, "%s", "");
	if (forms)
		text_add(&text, " which forms %zu of %zu layers have", forms,
			result->layers.count);
	if (json_member(result->doc.root, "sensitivity"))
		text_add(&text, "%s gains of --sensitivity",
			forms ? "," : "");
	return text.bytes;
}

const char *proof_report_text(
	struct ctx *ctx, const struct proof_report *report)
{
	const struct result *result = report->result;
	size_t count = result->network.count;
	int kinds = report->fronts ? CLAIM_COUNT : OBJ_COUNT;
	size_t columns = 3 + (size_t)kinds;
	const char **cell =
		arena_array(&ctx->arena, (count + 1) * columns, sizeof *cell);
	const char *const heads[] = {"nest", "example", "tilings that fit"};
	memcpy(cell, heads, sizeof heads);
	for (int k = 0; k < kinds; k++)
		cell[3 + k] = claim_name(k);
	for (size_t i = 0; i < count; i++) {
		const char **row = cell + (i + 1) * columns;
		row[0] = arena_printf(&ctx->arena, "%zu", i);
		row[1] = diag_quote(ctx, result->network.nests[i].example);
		const struct mapspace *space = &result->plan.mapspaces[i];
		int64_t fit = space->tilings_fit;
		row[2] = !space->tilings || fit == NOT_COUNTED
			? "not counted"
					    : text_count(ctx, fit);
		for (int k = 0; k < kinds; k++)
			row[3 + k] = verdict_cell(ctx, &report->nests[i], k);
	}
	struct text text = {.ctx = ctx};
	text_table(&text, report->fronts ? "rlrllll" : "rlrlll", (int)count + 1,
		cell);
	for (size_t i = 0; i < count; i++)
		for (int k = 0; k < kinds; k++)
			if (report->nests[i].verdict[k].verdict ==
				VERDICT_REFUTED)
				better_add(&text, report, i, k);
	choice_add(&text, &report->choice);
	const struct perfect_proof *perfect = &report->perfect;
	if (perfect->values)
		text_add(&text,
			"\nperfect tiles, %lld values: %lld confirmed, %lld "
			"not decided in time\n",
			(long long)perfect->values,
			(long long)perfect->confirmed,
			(long long)perfect->open);
	const char *apart = not_checked(ctx, result);
	if (*apart)
		text_add(&text, "\nnot checked again:%s\n", apart);
	text_add(&text, "\n%lld claims", (long long)report->claims);
	for (int v = 0; v < VERDICT_COUNT; v++)
		if (v != VERDICT_LARGE || report->verdicts[v])
			text_add(&text, "%s %lld %s", v ? "," : ":",
				(long long)report->verdicts[v],
				verdict_name((enum verdict)v));
	text_add(&text, "%s\n",
		report->consistent ? "" : "; the file is not consistent");
	return text.bytes;
}

/* --- for programs --------------------------------------------------------- */

static cJSON *json_verdict(const struct result *result, size_t index,
	const struct nest_proof *nest, int kind)
{
	const struct proof_verdict *v = &nest->verdict[kind];
	const struct proof_claim *claim = &nest->claim[kind];
	cJSON *object = cJSON_CreateObject();
	if (kind == CLAIM_FRONT) {
		cJSON_AddItemToObject(object, "points",
			json_whole((int64_t)claim->front_count));
	} else {
		cJSON_AddNumberToObject(object, "claim", claim->least);
		cJSON_AddBoolToObject(object, "proven", claim->winner != NULL);
	}
	cJSON_AddStringToObject(object, "verdict", verdict_name(v->verdict));
	cJSON_AddItemToObject(object, "tilings", json_whole(v->tilings));
	cJSON_AddItemToObject(object, "tiles", json_whole(v->tiles));
	cJSON_AddItemToObject(object, "arrays", json_whole(v->arrays));
	if (v->verdict != VERDICT_REFUTED)
		return object;
	cJSON *better = cJSON_AddObjectToObject(object, "better");
	if (kind != CLAIM_FRONT)
		cJSON_AddNumberToObject(better, "value",
			objective_value(
				(enum objective)kind, &v->better.estimate));
	json_add_mapping(better, &v->better.mapping);
	json_add_estimate(better, &result->network.nests[index].nest,
		&result->arch, &v->better.mapping, result->plan.rule);
	return object;
}

static void add_point(cJSON *to, const struct choice_point *point)
{
	cJSON_AddItemToObject(to, "energy_pj", json_whole(point->energy_pj));
	cJSON_AddItemToObject(to, "cycles", json_whole(point->cycles));
}

static cJSON *json_choice(const struct choice_proof *choice)
{
	cJSON *object = cJSON_CreateObject();
	add_point(object, &choice->claim);
	cJSON_AddStringToObject(
		object, "verdict", verdict_name(choice->verdict));
	if (choice->verdict == VERDICT_REFUTED)
		add_point(cJSON_AddObjectToObject(object, "better"),
			&choice->better);
	return object;
}

static cJSON *json_perfect(const struct perfect_proof *perfect)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddItemToObject(object, "values", json_whole(perfect->values));
	cJSON_AddItemToObject(
		object, "confirmed", json_whole(perfect->confirmed));
	cJSON_AddItemToObject(object, "open", json_whole(perfect->open));
	return object;
}

const char *proof_report_json(
	struct ctx *ctx, const struct proof_report *report)
{
	const struct result *result = report->result;
	cJSON *root = cJSON_CreateObject();
	cJSON_AddStringToObject(root, "model", result->layers.model);
	cJSON_AddBoolToObject(root, "consistent", report->consistent);
	cJSON *sums = cJSON_AddObjectToObject(root, "claims");
	for (int v = 0; v < VERDICT_COUNT; v++)
		cJSON_AddItemToObject(sums, verdict_name((enum verdict)v),
			json_whole(report->verdicts[v]));
	if (report->choice.claimed)
		cJSON_AddItemToObject(
			root, "network_choice", json_choice(&report->choice));
	const char *apart = not_checked(ctx, result);
	if (*apart)
		cJSON_AddStringToObject(root, "not_checked", apart + 1);
	if (report->perfect.values)
		cJSON_AddItemToObject(
			root, "perfect", json_perfect(&report->perfect));
	cJSON *nests = cJSON_AddArrayToObject(root, "nests");
	for (size_t i = 0; i < result->network.count; i++) {
		const struct nest_proof *proof = &report->nests[i];
		const struct mapspace *space = &result->plan.mapspaces[i];
		cJSON *nest = cJSON_CreateObject();
		cJSON_AddStringToObject(
			nest, "example", result->network.nests[i].example);
		if (space->tilings)
			cJSON_AddItemToObject(
				nest, "mapspace", json_mapspace(ctx, space));
		for (int k = 0; k < CLAIM_COUNT; k++)
			if (proof->claimed[k])
				cJSON_AddItemToObject(nest, claim_name(k),
					json_verdict(result, i, proof, k));
		cJSON_AddItemToArray(nests, nest);
	}
	return json_text(ctx, root);
}
