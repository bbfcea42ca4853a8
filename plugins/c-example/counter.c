/* SPDX-License-Identifier: Apache-2.0
 *
 * counter.c: an adapter in plain C. Its system counts: one stream "ticks" with the records 1 to `count`. Build it with
 *     cc -std=c99 -shared -fPIC -I ../include -o libcounter.so counter.c
 * AC_COUNTER_MAJOR stands for another ABI, AC_COUNTER_DEFECT for a defect that the conformance kit must find and
 * AC_COUNTER_HANG for a lookup that answers so many seconds late whatever the host says, in tests. The few protobuf fields are written by hand; a larger plugin would
 * use a generator such as nanopb or protobuf-c.
 */
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include "aftercare_plugin.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef AC_COUNTER_MAJOR
#define AC_COUNTER_MAJOR AC_ABI_MAJOR
#endif

enum { INVALID = 1, NOT_FOUND = 2, CANCELLED = 6, INTERNAL = 8 };

static const ac_host *HOST;

typedef struct counter {
  uint64_t count;
} counter;

/* --- bytes that grow --- */

typedef struct bytes {
  uint8_t *ptr;
  size_t len, capacity;
  int failed;
} bytes;

static void put(bytes *b, const void *data, size_t len) {
  if (b->failed) return;
  if (b->len + len > b->capacity) {
    size_t capacity = (b->len + len) * 2 + 64;
    uint8_t *grown = realloc(b->ptr, capacity);
    if (!grown) {
      b->failed = 1;
      return;
    }
    b->ptr = grown;
    b->capacity = capacity;
  }
  if (len) memcpy(b->ptr + b->len, data, len);
  b->len += len;
}

static void put_varint(bytes *b, uint64_t value) {
  uint8_t buffer[10];
  size_t n = 0;
  do {
    buffer[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>= 7;
  } while (value);
  put(b, buffer, n);
}

static void put_number(bytes *b, uint32_t field, uint64_t value) {
  put_varint(b, (uint64_t)field << 3);
  put_varint(b, value);
}

static void put_data(bytes *b, uint32_t field, const void *data, size_t len) {
  put_varint(b, ((uint64_t)field << 3) | 2);
  put_varint(b, len);
  put(b, data, len);
}

static void put_text(bytes *b, uint32_t field, const char *text) { put_data(b, field, text, strlen(text)); }

static void put_message(bytes *b, uint32_t field, bytes *message) {
  b->failed |= message->failed;
  put_data(b, field, message->ptr, message->len);
  free(message->ptr);
  memset(message, 0, sizeof *message);
}

static void release(ac_buffer *buffer) {
  free(buffer->ptr);
  memset(buffer, 0, sizeof *buffer);
}

static int32_t give(bytes *b, ac_buffer *out, int32_t status) {
  if (b->failed) {
    free(b->ptr);
    memset(out, 0, sizeof *out);
    return AC_PANIC;
  }
  out->ptr = b->ptr;
  out->len = b->len;
  out->capacity = b->capacity;
  out->release = release;
  return status;
}

static int32_t fail_field(ac_buffer *out, int kind, const char *reason, const char *message, const char *field) {
  bytes error = {0}, fault = {0};
  put_number(&error, 1, (uint64_t)kind);
  put_text(&error, 2, reason);
  put_text(&error, 3, message);
  if (field) {
    put_text(&fault, 1, field);
    put_text(&fault, 2, message);
    put_message(&error, 4, &fault);
  }
  return give(&error, out, AC_ERROR);
}

static int32_t fail(ac_buffer *out, int kind, const char *reason, const char *message) {
  return fail_field(out, kind, reason, message, NULL);
}

/* --- reading protobuf --- */

typedef struct item {
  uint32_t field;
  uint64_t number;
  ac_slice data;
} item;

static int take_varint(ac_slice *in, uint64_t *value) {
  *value = 0;
  for (int shift = 0; shift < 64 && in->len; shift += 7) {
    uint8_t byte = *in->ptr++;
    in->len--;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return 1;
  }
  return 0;
}

/* 1: an item was read; 0: the end; -1: malformed. */
static int take(ac_slice *in, item *out) {
  uint64_t key, len;
  memset(out, 0, sizeof *out);
  if (!in->len) return 0;
  if (!take_varint(in, &key) || key >> 3 == 0 || key >> 3 > 0x1fffffff) return -1;
  out->field = (uint32_t)(key >> 3);
  switch (key & 7) {
  case 0: return take_varint(in, &out->number) ? 1 : -1;
  case 1: len = 8; break;
  case 5: len = 4; break;
  case 2:
    if (!take_varint(in, &len)) return -1;
    break;
  default: return -1;
  }
  if (len > in->len) return -1;
  out->data.ptr = in->ptr;
  out->data.len = (size_t)len;
  in->ptr += len;
  in->len -= (size_t)len;
  return 1;
}

static int well_formed(ac_slice in) {
  item it;
  int more;
  while ((more = take(&in, &it)) > 0) {
  }
  return more == 0;
}

static int same(ac_slice data, const char *text) {
  return data.len == strlen(text) && (data.len == 0 || memcmp(data.ptr, text, data.len) == 0);
}

static int stopped(const ac_call *call) { return HOST->cancelled(call) || HOST->remaining_micros(call) <= 0; }

/* --- verbs --- */

static int32_t describe(void *context, ac_buffer *out) {
  bytes m = {0};
  (void)context;
  put_text(&m, 1, "counter");
  put_text(&m, 2, "1.0.0");
  put_text(&m, 3, "Counts, to show a plugin in C");
  put_text(&m, 5, "Aftercare");
  put_text(&m, 6, "Apache-2.0");
#ifdef AC_COUNTER_HANG
  put_data(&m, 7, "\x01\x02", 2);
#else
  put_data(&m, 7, "\x01", 1);
#endif
  put_text(&m, 8,
           "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"count\":{\"type\":\"integer\",\"minimum\":0}}}");
  put_number(&m, 10, 4);
  return give(&m, out, AC_OK);
}

static void blanks(ac_slice *s) {
  while (s->len && strchr(" \t\r\n", *s->ptr)) s->ptr++, s->len--;
}

static int eat(ac_slice *s, char c) {
  blanks(s);
  if (!s->len || *s->ptr != (uint8_t)c) return 0;
  s->ptr++, s->len--;
  return 1;
}

/* Reads {"count": 12}. Returns 0, or what is wrong, with the setting's name in field. */
static const char *settings(ac_slice s, uint64_t *count, char *field, size_t room) {
  if (!eat(&s, '{')) return "must be a JSON object";
  while (!eat(&s, '}')) {
    size_t n = 0, digits = 0;
    if (!eat(&s, '"')) return "is no JSON";
    for (; s.len && *s.ptr != '"'; s.ptr++, s.len--)
      if (n + 1 < room) field[n++] = (char)*s.ptr;
    field[n] = 0;
    if (!eat(&s, '"') || !eat(&s, ':')) return "is no JSON";
    if (strcmp(field, "count") != 0) return "is no setting; known is count";
    blanks(&s);
    for (*count = 0; s.len && *s.ptr >= '0' && *s.ptr <= '9' && digits < 9; s.ptr++, s.len--, digits++)
      *count = *count * 10 + (uint64_t)(*s.ptr - '0');
    if (!digits) return "must be a whole number below 1000000000";
    field[0] = 0;
    (void)eat(&s, ',');
  }
  blanks(&s);
  return s.len ? "is no JSON" : NULL;
}

static int32_t configure(void *context, const ac_call *call, ac_slice request, void **instance, ac_buffer *out) {
  char field[64] = "";
  ac_slice text = {0};
  uint64_t count = 10;
  const char *wrong;
  item it;
  int more;
  bytes empty = {0};
  counter *made;
  (void)context;
  (void)call;
  while ((more = take(&request, &it)) > 0)
    if (it.field == 2) text = it.data;
  if (more < 0) return fail(out, INVALID, "MALFORMED_REQUEST", "no ConfigureRequest");
  wrong = settings(text, &count, field, sizeof field);
  if (wrong) return fail_field(out, INVALID, "INVALID_FIELDS", wrong, field);
  made = malloc(sizeof *made);
  if (!made) return fail(out, INTERNAL, "OUT_OF_MEMORY", "out of memory");
  made->count = count;
  *instance = made;
  return give(&empty, out, AC_OK);
}

static int32_t check(void *instance, const ac_call *call, ac_slice request, ac_buffer *out) {
  bytes m = {0};
  (void)instance;
  (void)call;
  if (!well_formed(request)) return fail(out, INVALID, "MALFORMED_REQUEST", "no CheckRequest");
  put_text(&m, 1, "counter");
  return give(&m, out, AC_OK);
}

static int32_t discover(void *instance, const ac_call *call, ac_slice request, ac_buffer *out) {
  bytes m = {0}, stream = {0}, field = {0};
  (void)call;
  if (!well_formed(request)) return fail(out, INVALID, "MALFORMED_REQUEST", "no DiscoverRequest");
  put_text(&stream, 1, "ticks");
  put_text(&field, 1, "number");
  put_number(&field, 2, 3);
  put_message(&stream, 2, &field);
  put_text(&stream, 3, "number");
  put_number(&stream, 4, 1);
  put_number(&stream, 6, ((counter *)instance)->count);
  put_message(&m, 1, &stream);
  return give(&m, out, AC_OK);
}

static size_t digits(uint64_t number, char text[24]) {
  char reversed[24];
  size_t n = 0, i;
  do reversed[n++] = (char)('0' + number % 10);
  while (number /= 10);
  for (i = 0; i < n; i++) text[i] = reversed[n - 1 - i];
  text[n] = 0;
  return n;
}

static void put_record(bytes *batch, uint64_t number) {
  bytes record = {0}, field = {0}, value = {0};
  char key[24];
  digits(number, key);
  put_text(&record, 1, key);
  put_text(&record, 2, "1");
  put_number(&value, 3, number);
  put_text(&field, 1, "number");
  put_message(&field, 2, &value);
  put_message(&record, 4, &field);
  put_message(batch, 1, &record);
}

/* A cursor is "c1:" and the last number that was given. */
static int cursor_number(ac_slice cursor, uint64_t *number) {
  size_t i;
  *number = 0;
  if (!cursor.len) return 1;
  if (cursor.len < 4 || cursor.len > 15 || memcmp(cursor.ptr, "c1:", 3) != 0) return 0;
  for (i = 3; i < cursor.len; i++) {
    if (cursor.ptr[i] < '0' || cursor.ptr[i] > '9') return 0;
    *number = *number * 10 + (uint64_t)(cursor.ptr[i] - '0');
  }
  return 1;
}

static int32_t read_ticks(void *instance, const ac_call *call, ac_slice request, ac_buffer *out) {
  const counter *self = instance;
  ac_slice stream = {0}, cursor = {0};
  uint64_t limit = 0, last;
  char text[32] = "c1:";
  bytes m = {0};
  item it;
  int more;
  while ((more = take(&request, &it)) > 0) {
    if (it.field == 1) stream = it.data;
    if (it.field == 2) cursor = it.data;
    if (it.field == 3) limit = it.number;
  }
  if (more < 0) return fail(out, INVALID, "MALFORMED_REQUEST", "no ReadRequest");
  if (!same(stream, "ticks")) return fail(out, NOT_FOUND, "STREAM_NOT_FOUND", "the only stream is ticks");
  if (!cursor_number(cursor, &last)) return fail(out, INVALID, "CURSOR_FOREIGN", "this is no cursor of the counter");
  if (stopped(call)) return fail(out, CANCELLED, "CALL_CANCELLED", "the call was cancelled");
#ifdef AC_COUNTER_DEFECT
  limit = self->count; /* more than was asked for */
#endif
  for (; last < self->count && limit; limit--) put_record(&m, ++last);
  put_data(&m, 3, text, 3 + digits(last, text + 3));
  if (last >= self->count) put_number(&m, 4, 1);
  return give(&m, out, AC_OK);
}

#ifdef AC_COUNTER_HANG
static int32_t hang(void *instance, const ac_call *call, ac_slice request, ac_buffer *out) {
  struct timespec time = {AC_COUNTER_HANG, 0};
  bytes m = {0};
  (void)instance;
  (void)call;
  (void)request;
  nanosleep(&time, NULL);
  return give(&m, out, AC_OK);
}
#endif

static void close_instance(void *instance) { free(instance); }

int32_t aftercare_plugin_v1(const ac_host *host, ac_plugin *out) {
  const ac_header mine = {AC_ABI_MAGIC, sizeof(ac_plugin), AC_COUNTER_MAJOR, AC_ABI_MINOR, 0};
  if (host->header.magic != AC_ABI_MAGIC || host->header.major != AC_COUNTER_MAJOR || out->header.size < sizeof *out) {
    out->header = mine;
    return AC_ABI_MISMATCH;
  }
  HOST = host;
  memset(out, 0, sizeof *out);
  out->header = mine;
  out->describe = describe;
  out->configure = configure;
  out->check = check;
  out->discover = discover;
  out->read = read_ticks;
#ifdef AC_COUNTER_HANG
  out->lookup = hang;
#endif
  out->close = close_instance;
  return AC_OK;
}
