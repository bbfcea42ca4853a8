/* SPDX-License-Identifier: Apache-2.0
 *
 * aftercare_plugin.h: the border between the Aftercare bridge (host) and an adapter (plugin). ABI v1.
 *
 * A plugin is a shared library with one exported symbol, aftercare_plugin_v1. Every message across the border is
 * protobuf of package aftercare.adapter.v1, given as (pointer, length). Rules that hold everywhere:
 *
 *  - Whoever allocated frees. An ac_slice is borrowed for the duration of the call. An ac_buffer is owned by its
 *    receiver, who calls its release callback exactly once (a null callback means that there is nothing to free).
 *  - Nothing is thrown across the border: no C++ exception, no Rust panic, no longjmp.
 *  - No thread-local state crosses it. Host functions may be called from any thread while their ac_call lives.
 *  - Structs grow at the end only. header.size says how much the other side knows; a reader looks at no member
 *    beyond it. A change of major is a new border; a change of minor adds members.
 *  - A loaded library is never unloaded.
 */
#ifndef AFTERCARE_PLUGIN_H
#define AFTERCARE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AC_ABI_MAGIC UINT32_C(0x31504341) /* "ACP1" in memory on little-endian machines */
#define AC_ABI_MAJOR 1
#define AC_ABI_MINOR 0

/* Status of every verb and host function. */
#define AC_OK 0           /* the buffer holds the response */
#define AC_ERROR 1        /* the buffer holds an aftercare.adapter.v1.Error */
#define AC_ABI_MISMATCH 2 /* from aftercare_plugin_v1 only: out->header says the version that is needed */
#define AC_PANIC 3        /* a defect was caught at the border; the buffer holds an Error or nothing */
#define AC_NOT_FOUND 4    /* from host functions: no such secret or key */

/* Bytes that the receiver may read until the call returns. */
typedef struct ac_slice {
  const uint8_t *ptr; /* may be null when len is 0 */
  size_t len;
} ac_slice;

/* Bytes that the receiver owns. The giver fills all members. */
typedef struct ac_buffer {
  uint8_t *ptr;
  size_t len;
  size_t capacity; /* for the giver's own use */
  void (*release)(struct ac_buffer *buffer);
} ac_buffer;

/* The first member of every struct that may grow. */
typedef struct ac_header {
  uint32_t magic; /* AC_ABI_MAGIC */
  uint32_t size;  /* sizeof of the whole struct, as its writer knows it */
  uint16_t major;
  uint16_t minor;
  uint32_t reserved; /* 0 */
} ac_header;

/* One call of the host into the plugin. It names connection, deadline, cancellation and trace for host functions;
 * it lives until the verb returns. */
typedef struct ac_call {
  ac_header header;
  void *context; /* the host's */
} ac_call;

/* What the host offers. Lives as long as the process. A function pointer may be null when the host lacks it. */
typedef struct ac_host {
  ac_header header;
  /* Takes an aftercare.adapter.v1.LogRecord. call may be null outside a call. */
  void (*log)(const ac_call *call, ac_slice record);
  /* Takes an aftercare.adapter.v1.Measurement. call may be null outside a call. */
  void (*metric)(const ac_call *call, ac_slice measurement);
  /* Takes an aftercare.adapter.v1.Progress. */
  void (*progress)(const ac_call *call, ac_slice progress);
  /* Microseconds since 1970-01-01T00:00:00Z. */
  int64_t (*now_micros)(void);
  /* Microseconds until the call's deadline, at least 0; INT64_MAX when there is none. */
  int64_t (*remaining_micros)(const ac_call *call);
  /* Not 0 once the call is cancelled: return soon, with an Error of kind CANCELLED. */
  int32_t (*cancelled)(const ac_call *call);
  /* A secret of the connection by name. AC_OK or AC_NOT_FOUND. */
  int32_t (*secret)(const ac_call *call, ac_slice name, ac_buffer *out);
  /* The W3C traceparent of the call, ASCII; empty when there is none. */
  int32_t (*traceparent)(const ac_call *call, ac_buffer *out);
  /* Small state of the connection that survives restarts: keys up to 255 bytes, values up to 64 KiB. */
  int32_t (*state_get)(const ac_call *call, ac_slice key, ac_buffer *out);
  int32_t (*state_put)(const ac_call *call, ac_slice key, ac_slice value);
  int32_t (*state_delete)(const ac_call *call, ac_slice key);
} ac_host;

/* What the plugin offers. The host provides the memory and presets header with what it knows; the plugin fills the
 * struct. Verbs that the manifest does not name may be null. */
typedef struct ac_plugin {
  ac_header header;
  void *context; /* the plugin's; handed to describe and configure */
  /* No request. Response: Manifest. */
  int32_t (*describe)(void *context, ac_buffer *out);
  /* ConfigureRequest -> ConfigureResponse and, with AC_OK, an instance. Wrong configuration is an Error that names
   * every wrong field. */
  int32_t (*configure)(void *context, const ac_call *call, ac_slice request, void **instance, ac_buffer *out);
  /* CheckRequest -> CheckResponse. */
  int32_t (*check)(void *instance, const ac_call *call, ac_slice request, ac_buffer *out);
  /* DiscoverRequest -> DiscoverResponse. */
  int32_t (*discover)(void *instance, const ac_call *call, ac_slice request, ac_buffer *out);
  /* ReadRequest -> Batch. */
  int32_t (*read)(void *instance, const ac_call *call, ac_slice request, ac_buffer *out);
  /* LookupRequest -> LookupResponse. */
  int32_t (*lookup)(void *instance, const ac_call *call, ac_slice request, ac_buffer *out);
  /* WriteRequest -> WriteResponse. */
  int32_t (*write)(void *instance, const ac_call *call, ac_slice request, ac_buffer *out);
  /* DecodeWebhookRequest -> DecodeWebhookResponse. */
  int32_t (*decode_webhook)(void *instance, const ac_call *call, ac_slice request, ac_buffer *out);
  /* Frees an instance. No call on it is running, none follows. */
  void (*close)(void *instance);
} ac_plugin;

/* Fills *out. A plugin of another major writes magic, size and its own major and minor into out->header and returns
 * AC_ABI_MISMATCH. */
typedef int32_t (*aftercare_plugin_v1_fn)(const ac_host *host, ac_plugin *out);

#if defined(_WIN32)
#define AC_EXPORT __declspec(dllexport)
#else
#define AC_EXPORT __attribute__((visibility("default")))
#endif

AC_EXPORT int32_t aftercare_plugin_v1(const ac_host *host, ac_plugin *out);

#ifdef __cplusplus
}
#endif
#endif
