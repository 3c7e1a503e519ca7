/* All numbers of an entry are 8 bytes, low first; a double by its bits:
 *
 *   magic, bytes of the key, the key, the result, CRC-32 of all before
 *
 * The result is described once, for writing and for reading (struct wire). */
#include "mapper/search_cache.h"

#include "base/file.h"
#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

/* To be raised when an entry looks different, and when a search gives other
 * bytes for the same key (other counts in its proof, say). A change of the cost
 * model shows by itself. */
enum { ENTRY_VERSION = 3, SEARCH_VERSION = 3 };
static const unsigned char magic[8] = "nwsearch";

/* What is kept and what keys consist of, by size: a new member has to be
 * written here, too. (Where pointers have 8 bytes.) */
#define KEPT(type, bytes) \
	_Static_assert(sizeof(void *) != 8 || sizeof(type) == (bytes), #type)
KEPT(struct nest, 752);
KEPT(struct limits, 560);
KEPT(struct proof, 72);
KEPT(struct misfit, 40);
KEPT(struct estimate, 64 + COMPONENT_COUNT * sizeof(double)); /* costed anew */
KEPT(struct search_result,
	168 + OBJ_COUNT * (sizeof(struct best) + sizeof(struct candidate)));
#undef KEPT

/* --- writing and reading --------------------------------------------------
 */

struct wire {
	struct ctx *ctx;
	bool reading, ok; /* not ok: what is read is no entry */
	unsigned char *bytes;
	size_t count, capacity, at; /* at: read so far */
};

static void wire_word(struct wire *w, uint64_t *word)
{
	enum { BYTES = sizeof *word };
	if (!w->reading) {
		w->bytes = arena_grow(&w->ctx->arena, w->bytes, w->count,
			&w->capacity, w->count + BYTES, 1);
		for (int i = 0; i < BYTES; i++)
			w->bytes[w->count++] =
				(unsigned char)(*word >> 8 * i & 0xff);
		return;
	}
	*word = 0;
	w->ok = w->ok && w->count - w->at >= BYTES;
	for (int i = 0; w->ok && i < BYTES; i++)
		*word |= (uint64_t)w->bytes[w->at++] << 8 * i;
}

static void wire_whole(struct wire *w, int64_t *value)
{
	uint64_t word = (uint64_t)*value;
	wire_word(w, &word);
	*value = (int64_t)word;
}

static void wire_double(struct wire *w, double *value)
{
	uint64_t word;
	memcpy(&word, value, sizeof word);
	wire_word(w, &word);
	memcpy(value, &word, sizeof word);
}

/* A number below count. */
static void wire_index(struct wire *w, size_t *value, size_t count)
{
	uint64_t word = *value;
	wire_word(w, &word);
	w->ok = w->ok && word < count;
	*value = w->ok ? (size_t)word : 0;
}

static void wire_bool(struct wire *w, bool *value)
{
	size_t word = *value;
	wire_index(w, &word, 2);
	*value = word == 1;
}

static void put(struct wire *w, int64_t value)
{
	wire_whole(w, &value);
}

static void put_double(struct wire *w, double value)
{
	wire_double(w, &value);
}

/* --- the key --------------------------------------------------------------
 */

/* The number of a search in keys; -1: none is kept of it. */
static int search_number(
	const struct search_options *options, search_fn *search)
{
	search_fn *const searches[] = {
		search_exact, options->pruned.exhaustive, search_pruned};
	for (int i = 0; i < (int)(sizeof searches / sizeof *searches); i++)
		if (searches[i] == search)
			return i;
	return -1;
}

static void put_nest(struct wire *w, const struct nest *nest)
{
	for (int l = 0; l < LOOP_COUNT; l++)
		put(w, nest->bound[l]);
	for (int a = 0; a < AXIS_COUNT; a++) {
		put(w, nest->stride[a]);
		put(w, nest->dilation[a]);
	}
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct nest_tensor *t = &nest->tensor[o];
		put(w, nest->indexes[o]);
		put(w, t->type);
		put(w, t->dims);
		for (int d = 0; d < t->dims; d++) {
			put(w, t->dim[d].index);
			put(w, t->dim[d].size);
			put(w, t->dim[d].pitch);
			put(w, t->dim[d].split);
			put(w, t->dim[d].split_pitch);
		}
	}
}

static void put_limits(struct wire *w, const struct limits *limits)
{
	put_double(w, limits->min_pe_use);
	put_double(w, limits->min_rf_use);
	put_double(w, limits->min_spm_use);
	put(w, limits->no_spatial_reduction);
	put(w, limits->no_feature_dram);
	for (int v = 0; v < SEED_SLOTS; v++)
		for (int l = 0; l < LOOP_COUNT; l++)
			put(w, limits->factor[seed_slot[v]][l]);
	for (int v = 0; v < SEED_ORDERED; v++) {
		int s = seed_slot[v];
		put(w, limits->ordered[s]);
		for (int l = 0; l < LOOP_COUNT && limits->ordered[s]; l++)
			put(w, limits->order[s][l]);
	}
	put(w, limits->max_cycles);
	put_double(w, limits->max_energy_pj);
}

/* The bits of the objectives that are searched. */
static unsigned objectives_of(const struct search_options *options)
{
	return options->objectives ? options->objectives
				   : (1u << OBJ_COUNT) - 1;
}

bool search_key_make(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	search_fn *search, struct search_key *key)
{
	struct wire w = {.ctx = ctx, .ok = true};
	int number = search_number(options, search);
	if (number < 0)
		return false;
	put(&w, ENTRY_VERSION);
	put(&w, SEARCH_VERSION);
	put(&w, number);
	put(&w, options->rule);
	put(&w, options->tiles);
	put(&w, objectives_of(options));
	put(&w, options->front);
	put(&w, options->pruned.relax);
	put(&w, options->pruned.least);
	put_limits(&w, &options->limits);
	put_nest(&w, nest);
	for (size_t i = 0; i < arch_key_count; i++)
		put_double(&w, arch_get(arch, &arch_keys[i]));
	int64_t dataflow[DATAFLOW_VALUES];
	dataflow_values(&arch->dataflow, dataflow);
	for (int i = 0; i < DATAFLOW_VALUES; i++)
		put(&w, dataflow[i]);
	*key = (struct search_key){.count = w.count, .bytes = w.bytes};
	return true;
}

const char *search_key_file(struct ctx *ctx, const struct search_key *key)
{
	uint64_t hash = hash_bytes(HASH_START, key->bytes, key->count);
	return arena_printf(&ctx->arena, "%016" PRIx64 ".search", hash);
}

/* --- the result -----------------------------------------------------------
 */

/* Whose result it is. */
struct subject {
	const struct nest *nest;
	const struct arch *arch;
	const struct search_options *options;
};

/* A mapping that the machine can run, so that its cost can be computed. */
static bool mapping_admit(const struct subject *s, const struct mapping *m)
{
	const struct limits none = {0};
	return mapping_valid(s->nest, m) &&
		tiling_fits_spatial(s->nest, s->arch, &m->tiling, &none) &&
		tiling_fits_rf(s->nest, s->arch, &m->tiling, &none) &&
		tiling_fits_spm(s->nest, s->arch, &m->tiling, &none) &&
		mapping_fits_dataflow(s->arch, s->nest, m);
}

enum { CANDIDATE_BYTES = 8 * ((SEED_SLOTS + SEED_ORDERED) * LOOP_COUNT + 3) };

static void wire_candidate(
	struct wire *w, const struct subject *s, struct candidate *c)
{
	struct mapping *m = &c->mapping;
	if (w->reading)
		*m = mapping_none;
	for (int v = 0; v < SEED_SLOTS; v++)
		for (int l = 0; l < LOOP_COUNT; l++)
			wire_whole(w, &m->tiling.factor[seed_slot[v]][l]);
	for (int v = 0; v < SEED_ORDERED; v++) {
		uint8_t *order = m->order[seed_slot[v]];
		for (int l = 0; l < LOOP_COUNT; l++) {
			size_t loop = order[l];
			wire_index(w, &loop, LOOP_COUNT);
			order[l] = (uint8_t)loop;
		}
	}
	struct estimate kept = c->estimate;
	wire_double(w, &kept.energy_pj);
	wire_whole(w, &kept.cycles);
	wire_double(w, &kept.edp);
	w->ok = w->ok && mapping_admit(s, m);
	if (!w->ok)
		return;
	cost_mapping(s->nest, s->arch, m, s->options->rule, &c->estimate);
	w->ok = c->estimate.energy_pj == kept.energy_pj &&
		c->estimate.cycles == kept.cycles &&
		c->estimate.edp == kept.edp;
}

static void wire_proof(struct wire *w, struct proof *p)
{
	wire_bool(w, &p->proven);
	wire_double(w, &p->bound);
	wire_whole(w, &p->tiles_visited);
	wire_whole(w, &p->tiles_cut);
	wire_whole(w, &p->arrays_visited);
	wire_whole(w, &p->arrays_cut);
	wire_whole(w, &p->splits_visited);
	wire_whole(w, &p->splits_cut);
	wire_whole(w, &p->pairs_evaluated);
}

static void wire_misfit(struct wire *w, struct misfit *m)
{
	static const char *const memories[] = {"register file", "scratchpad"};
	enum { MEMORIES = sizeof memories / sizeof *memories };
	size_t memory = 0; /* 0: none */
	while (m->memory && memory <= MEMORIES &&
		(!memory || strcmp(memories[memory - 1], m->memory) != 0))
		memory++;
	wire_index(w, &memory, MEMORIES + 1);
	m->memory = memory ? memories[memory - 1] : NULL;
	wire_whole(w, &m->needs_bytes);
	wire_whole(w, &m->has_bytes);
	wire_whole(w, &m->needs_banks);
	wire_whole(w, &m->has_banks);
}

static void wire_front(
	struct wire *w, const struct subject *s, struct search_result *r)
{
	wire_index(w, &r->front_count,
		w->reading ? w->count / CANDIDATE_BYTES + 1 : SIZE_MAX);
	if (w->reading)
		r->front = arena_array(
			&w->ctx->arena, r->front_count, sizeof *r->front);
	for (size_t i = 0; w->ok && i < r->front_count; i++)
		wire_candidate(w, s, &r->front[i]);
	wire_proof(w, &r->front_proof);
}

static void wire_tiles(struct wire *w, enum tile_sizes *tiles)
{
	size_t word = *tiles;
	wire_index(w, &word, TILES_COUNT);
	*tiles = (enum tile_sizes)word;
}

static void wire_result(
	struct wire *w, const struct subject *s, struct search_result *r)
{
	wire_bool(w, &r->feasible);
	wire_misfit(w, &r->misfit);
	wire_tiles(w, &r->tiles);
	wire_whole(w, &r->evaluated);
	wire_whole(w, &r->relaxations);
	for (int o = 0; o < OBJ_COUNT && r->feasible; o++)
		if (objectives_of(s->options) & 1u << o) {
			wire_candidate(w, s, &r->best[o].winner);
			wire_proof(w, &r->best[o].proof);
		}
	wire_bool(w, &r->perfect_feasible);
	for (int o = 0; o < OBJ_COUNT && r->perfect_feasible; o++)
		if (objectives_of(s->options) & 1u << o)
			wire_candidate(w, s, &r->perfect[o]);
	if (r->feasible && s->options->front)
		wire_front(w, s, r);
}

/* --- entries --------------------------------------------------------------
 */

static const char *path_of(
	struct ctx *ctx, const struct search_cache *cache, const char *name)
{
	return arena_printf(&ctx->arena, "%s/%s", cache->dir, name);
}

/* What comes before the result. */
static void put_head(struct wire *w, const struct search_key *key)
{
	w->bytes = arena_grow(&w->ctx->arena, w->bytes, w->count, &w->capacity,
		sizeof magic + key->count + sizeof(uint64_t), 1);
	memcpy(w->bytes, magic, sizeof magic);
	w->count = sizeof magic;
	put(w, (int64_t)key->count);
	memcpy(w->bytes + w->count, key->bytes, key->count);
	w->count += key->count;
}

static uint64_t checksum(const unsigned char *bytes, size_t count)
{
	return crc32_z(crc32(0, NULL, 0), bytes, count);
}

/* The file of an entry; false where there is none, or more than any has. */
static bool wire_read(struct ctx *ctx, const char *path, struct wire *w)
{
	enum { BYTES_MAX = 1 << 28 };
	struct file_bytes file;
	if (file_read(&ctx->arena, path, BYTES_MAX, &file) != FILE_GOOD)
		return false;
	*w = (struct wire){.ctx = ctx,
		.bytes = file.bytes,
		.count = file.length,
		.reading = true,
		.ok = true};
	return true;
}

static bool entry_read(struct ctx *ctx, const struct search_key *key,
	const struct subject *s, struct search_result *out)
{
	struct wire head = {.ctx = ctx}, w;
	const char *name = search_key_file(ctx, key);
	if (!wire_read(ctx, path_of(ctx, s->options->network.cache, name), &w))
		return false;
	put_head(&head, key);
	if (w.count < head.count + sizeof(uint64_t) ||
		memcmp(w.bytes, head.bytes, head.count) != 0)
		return false;
	uint64_t sum;
	size_t end = w.count - sizeof sum;
	w.at = end;
	wire_word(&w, &sum);
	if (sum != checksum(w.bytes, end))
		return false;
	w.at = head.count;
	w.count = end;
	*out = (struct search_result){0};
	wire_result(&w, s, out);
	return w.ok && w.at == w.count;
}

/* Nothing is flushed to the disk: what a crash of the system cuts off does not
 * pass for an entry. */
static bool file_write(int fd, const unsigned char *bytes, size_t count)
{
	while (count) {
		ssize_t n = write(fd, bytes, count);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		count -= (size_t)n;
	}
	return true;
}

/* Makes a temporary file of this process; one of the same name is a killed
 * run's. */
static int temporary_make(const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, flags, 0666);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	unlink(path);
	return open(path, flags, 0666);
}

static const char *temporary_name(struct ctx *ctx, const char *name)
{
	return arena_printf(
		&ctx->arena, ".%s.%lld.tmp", name, (long long)getpid());
}

static void entry_write(struct ctx *ctx, const struct search_key *key,
	const struct subject *s, struct search_result *result)
{
	struct search_cache *cache = s->options->network.cache;
	struct wire w = {.ctx = ctx, .ok = true};
	put_head(&w, key);
	wire_result(&w, s, result);
	if (!w.ok)
		return;
	uint64_t sum = checksum(w.bytes, w.count);
	wire_word(&w, &sum);

	const char *name = search_key_file(ctx, key);
	const char *path = path_of(ctx, cache, name);
	const char *temporary = path_of(ctx, cache, temporary_name(ctx, name));
	int fd = temporary_make(temporary);
	bool ok = fd >= 0 && file_write(fd, w.bytes, w.count);
	int why = errno;
	if (fd >= 0 && close(fd) != 0 && ok) {
		ok = false;
		why = errno;
	}
	if (ok && rename(temporary, path) != 0) {
		ok = false;
		why = errno;
	}
	if (ok)
		return;
	if (fd >= 0)
		unlink(temporary);
	atomic_store(&cache->failure, why);
}

/* Nothing cut the search short. */
static bool complete(
	const struct subject *s, bool proves, const struct search_result *r)
{
	if (r->cut || search_stopped(s->options->stop))
		return false;
	if (!proves || !r->feasible)
		return true;
	for (int o = 0; o < OBJ_COUNT; o++)
		if (objectives_of(s->options) & 1u << o &&
			!r->best[o].proof.proven)
			return false;
	return !s->options->front || r->front_proof.proven;
}

bool search_cache_find(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	search_fn *search, struct search_result *out)
{
	const struct subject s = {nest, arch, options};
	struct search_key key;
	return options->network.cache &&
		search_key_make(ctx, nest, arch, options, search, &key) &&
		entry_read(ctx, &key, &s, out);
}

bool search_cached(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	search_fn *search, struct search_result *out)
{
	const struct subject s = {nest, arch, options};
	struct search_key key;
	if (!options->network.cache ||
		!search_key_make(ctx, nest, arch, options, search, &key))
		return search(ctx, nest, arch, options, out);
	if (entry_read(ctx, &key, &s, out))
		return true;
	if (!search(ctx, nest, arch, options, out))
		return false;
	if (complete(&s, search != search_pruned, out))
		entry_write(ctx, &key, &s, out);
	return true;
}

/* --- the folder -----------------------------------------------------------
 */

/* ".*.tmp" */
static bool is_temporary(const char *name)
{
	size_t n = strlen(name);
	return n > 5 && name[0] == '.' && !strcmp(name + n - 4, ".tmp") &&
		strstr(name, ".search.");
}

/* Removes what killed runs were writing; what is younger may still be. */
static void temporaries_remove(
	struct ctx *ctx, const struct search_cache *cache)
{
	enum { AGE_SECONDS = 3600 };
	DIR *dir = opendir(cache->dir);
	const struct dirent *entry;
	time_t now = time(NULL);
	while (dir && (entry = readdir(dir)) != NULL) {
		const char *path;
		struct stat st;
		if (!is_temporary(entry->d_name))
			continue;
		path = path_of(ctx, cache, entry->d_name);
		if (lstat(path, &st) == 0 && now - st.st_mtime > AGE_SECONDS)
			unlink(path);
	}
	if (dir)
		closedir(dir);
}

bool search_cache_open(
	struct ctx *ctx, const char *dir, struct search_cache *cache)
{
	const struct loc loc = {.file = dir};
	cache->dir = dir;
	atomic_init(&cache->failure, 0);
	if (!*dir)
		return diag_error(ctx, &(struct loc){0},
			"the name of the cache's folder is empty");
	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return diag_error(ctx, &loc, "cannot make the cache: %s",
			strerror(errno));
	const char *probe =
		path_of(ctx, cache, temporary_name(ctx, "probe.search"));
	int fd = temporary_make(probe);
	if (fd < 0)
		return diag_error(ctx, &loc, "cannot write into the cache: %s",
			strerror(errno));
	close(fd);
	unlink(probe);
	temporaries_remove(ctx, cache);
	return true;
}

void search_cache_close(struct ctx *ctx, const struct search_cache *cache)
{
	int why = atomic_load(&cache->failure);
	const struct loc loc = {.file = cache->dir};
	if (why)
		diag_warning(ctx, &loc,
			"results could not be kept in the cache: %s",
			strerror(why));
}
