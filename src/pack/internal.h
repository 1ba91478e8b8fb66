/* What the files of this room share. */
#ifndef ESS_PACK_INTERNAL_H
#define ESS_PACK_INTERNAL_H

#include "ess/json.h"
#include "pack/pack.h"

/* A dictionary of spec/dict, built in; newest first, ended by bytes NULL. */
typedef struct pack_dictionary {
    const unsigned char *bytes;
    size_t size;
    uint32_t id;
} pack_dictionary;
extern const pack_dictionary pack_dictionaries[];
#define PACK_DICTIONARIES_MAX 8

typedef struct pack_zstd pack_zstd;
typedef struct pack_gzip pack_gzip;
typedef struct pack_grid pack_grid; /* columns being written */
typedef struct pack_table pack_table; /* columns being read */

struct pack {
    pack_zstd *zstd;
    pack_gzip *gzip;
    pack_grid *grid;
    pack_table *table;
    char announced[256];
    char wire[ESS_MESSAGE_MAX];
    char text[ESS_MESSAGE_MAX], rows[ESS_MESSAGE_MAX];
};

/* Writes the fault and gives its error. */
ess_err pack_refuse(ess_fault *fault, ess_err err, const char *rule, const char *what);

/* Room for what comes out of so many bytes [ENC-04, ENC-05], and the fault when it is not enough.
 */
size_t pack_room_for(ess_slice wire);
ess_err pack_too_large(ess_slice wire, ess_fault *fault);

/* Compressors. encode: into ESS_MESSAGE_MAX bytes; false when it does not fit. */
pack_zstd *pack_zstd_new(void);
void pack_zstd_free(pack_zstd *zstd);
bool pack_zstd_encode(pack_zstd *zstd, uint32_t dictionary, ess_slice json, char *room,
                      size_t *len);
ess_err pack_zstd_decode(pack_zstd *zstd, ess_slice wire, char *room, ess_slice *json,
                         ess_fault *fault);
/* Of a frame; 0: none. */
uint32_t pack_zstd_dictionary(ess_slice wire);

pack_gzip *pack_gzip_new(void);
void pack_gzip_free(pack_gzip *gzip);
bool pack_gzip_encode(pack_gzip *gzip, ess_slice json, char *room, size_t *len);
ess_err pack_gzip_decode(pack_gzip *gzip, ess_slice wire, char *room, ess_slice *json,
                         ess_fault *fault);

pack_grid *pack_grid_new(void);
void pack_grid_free(pack_grid *grid);
ess_err pack_grid_print(pack_grid *grid, const pack_row *rows, size_t count, char *room,
                        size_t *len);

pack_table *pack_table_new(void);
void pack_table_free(pack_table *table);
/* *found false: text has no columns, nothing was done. */
ess_err pack_table_read(pack_table *table, ess_slice text, char *room, ess_slice *json, bool *found,
                        ess_fault *fault);

#endif
