/* What the files of this room share. */
#ifndef ESS_PACK_INTERNAL_H
#define ESS_PACK_INTERNAL_H

#include "ess-pack/pack.h"
#include "ess/json.h"

/* A dictionary of spec/dict, built in; newest first, ended by bytes NULL. */
typedef struct ess_pack_dictionary {
    const unsigned char *bytes;
    size_t size;
    uint32_t id;
} ess_pack_dictionary;
extern const ess_pack_dictionary ess_pack_dictionaries[];
#define ESS_PACK_DICTIONARIES_MAX 8

typedef struct ess_pack_zstd ess_pack_zstd;
typedef struct ess_pack_gzip ess_pack_gzip;
typedef struct ess_pack_grid ess_pack_grid;   /* columns being written */
typedef struct ess_pack_table ess_pack_table; /* columns being read */

struct ess_pack {
    ess_pack_zstd *zstd;
    ess_pack_gzip *gzip;
    ess_pack_grid *grid;
    ess_pack_table *table;
    char announced[256];
    char wire[ESS_MESSAGE_MAX];
    char text[ESS_MESSAGE_MAX], rows[ESS_MESSAGE_MAX];
};

/* Writes the fault and gives its error. */
ess_err ess_pack_refuse(ess_fault *fault, ess_err err, const char *rule, const char *what);

/* Room for what comes out of so many bytes [ENC-04, ENC-05], and the fault when it is not enough.
 */
size_t ess_pack_room_for(ess_slice wire);
ess_err ess_pack_too_large(ess_slice wire, ess_fault *fault);

/* Compressors. encode: into ESS_MESSAGE_MAX bytes; false when it does not fit. */
ess_pack_zstd *ess_pack_zstd_new(void);
void ess_pack_zstd_free(ess_pack_zstd *zstd);
bool ess_pack_zstd_encode(ess_pack_zstd *zstd, uint32_t dictionary, ess_slice json, char *room,
                          size_t *len);
ess_err ess_pack_zstd_decode(ess_pack_zstd *zstd, ess_slice wire, char *room, ess_slice *json,
                             ess_fault *fault);
/* Of a frame; 0: none. */
uint32_t ess_pack_zstd_dictionary(ess_slice wire);

ess_pack_gzip *ess_pack_gzip_new(void);
void ess_pack_gzip_free(ess_pack_gzip *gzip);
bool ess_pack_gzip_encode(ess_pack_gzip *gzip, ess_slice json, char *room, size_t *len);
ess_err ess_pack_gzip_decode(ess_pack_gzip *gzip, ess_slice wire, char *room, ess_slice *json,
                             ess_fault *fault);

ess_pack_grid *ess_pack_grid_new(void);
void ess_pack_grid_free(ess_pack_grid *grid);
ess_err ess_pack_grid_print(ess_pack_grid *grid, const ess_pack_row *rows, size_t count, char *room,
                            size_t *len);

ess_pack_table *ess_pack_table_new(void);
void ess_pack_table_free(ess_pack_table *table);
/* *found false: text has no columns, nothing was done. */
ess_err ess_pack_table_read(ess_pack_table *table, ess_slice text, char *room, ess_slice *json,
                            bool *found, ess_fault *fault);

#endif
