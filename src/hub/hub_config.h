/* What ess-hub is told by its configuration file. */
#ifndef ESS_HUB_CONFIG_H
#define ESS_HUB_CONFIG_H

#include "ess/base.h"

#define HUB_PATH_MAX 256

typedef struct hub_config {
    char data_dir[HUB_PATH_MAX];
    int64_t data_max_mib;
    char broker_host[128];
    int64_t broker_port;
    char broker_ca[HUB_PATH_MAX], broker_cert[HUB_PATH_MAX], broker_key[HUB_PATH_MAX];
    char broker_client_id[65];
    char application[65];
    int64_t commit_ms, commit_reports;
    char signing_key[HUB_PATH_MAX], signing_old_key[HUB_PATH_MAX];
    char http_address[64];
    int64_t http_port;
    char http_web[HUB_PATH_MAX];
    int language; /* 0 en, 1 zh */
} hub_config;

/* Reads and checks a file. On failure problem (at least 4096 bytes) holds one problem a line and
 * *out is untouched. ESS_E_CONFIG, ESS_E_NOT_FOUND. */
ess_err hub_config_load(const char *file, bool chinese, hub_config *out, char *problem,
                        size_t problem_size);
/* Writes the reference of all keys to standard output. */
void hub_config_write_reference(bool chinese);

#endif
