/* What ess-agent is told by its configuration file. */
#ifndef ESS_AGENT_CONFIG_H
#define ESS_AGENT_CONFIG_H

#include "agent/limits.h"
#include "ess/base.h"
#include "ess/limits.h"

#define AGENT_PATH_MAX 256

typedef struct agent_device_config {
    char unit[ESS_LEVEL_EMIT_MAX + 1];
    char host[64];
    int64_t port, unit_id, timeout_ms;
    char points[AGENT_PATH_MAX];
} agent_device_config;

/* Which classes of commands need a signature; in the order of the configuration's choices. */
typedef enum agent_sign {
    AGENT_SIGN_AUTO, /* all where there are keys, C where there are none */
    AGENT_SIGN_ABC,
    AGENT_SIGN_BC,
    AGENT_SIGN_C,
    AGENT_SIGN_NONE
} agent_sign;

/* A public key as text, or the file that holds it; one of the two is "". */
typedef struct agent_key_config {
    char key[128];
    char file[AGENT_PATH_MAX];
} agent_key_config;

/* How reports are sent: as well as the cloud can read, or as plain JSON. */
typedef enum agent_encoding { AGENT_ENCODING_AUTO, AGENT_ENCODING_PLAIN } agent_encoding;

typedef struct agent_config {
    char group[ESS_LEVEL_EMIT_MAX + 1];
    char state_dir[AGENT_PATH_MAX];
    char broker_host[128];
    int64_t broker_port;
    char broker_ca[AGENT_PATH_MAX], broker_cert[AGENT_PATH_MAX], broker_key[AGENT_PATH_MAX];
    int64_t fast_ms, normal_ms, slow_ms, cells_ms, params_ms, snapshot_ms;
    int64_t outbox_max_reports, outbox_segment_bytes;
    int64_t receipt_ms, batch_bytes, backlog_window, live_window;
    int encoding; /* agent_encoding */
    int signed_classes; /* agent_sign */
    agent_key_config keys[AGENT_KEYS_MAX];
    size_t key_count;
    agent_device_config devices[AGENT_DEVICES_MAX];
    size_t device_count;
} agent_config;

/* Reads and checks a file. On failure problem (at least 4096 bytes) holds one problem a line and
 * *out is untouched. ESS_E_CONFIG, ESS_E_NOT_FOUND, ESS_E_INTERNAL. */
ess_err agent_config_load(const char *file, bool chinese, agent_config *out, char *problem,
                          size_t problem_size);
/* Writes the reference of all keys to standard output. */
void agent_config_write_reference(bool chinese);

#endif
