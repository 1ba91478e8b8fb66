/* What the agent's tests share: a small point table, scratch folders, scripted answers. */
#ifndef AGENT_TEST_H
#define AGENT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "south/point_table.h"
#include "store/seal.h"

static const char TABLE_TEXT[] = "point,address,type,scale,order,class,area,access\n"
                                 "PCS/p,100,i16,0.1,,F,holding,ro\n"
                                 "PCS/pSetEcho,101,i16,0.1,,F,holding,ro\n"
                                 "PCS/qSetEcho,102,i16,0.1,,F,holding,ro\n"
                                 "PCS/runState,103,u16,1,,E,holding,ro\n"
                                 "PCS/pSet,110,i16,0.1,,F,holding,rw\n"
                                 "PCS/qSet,111,i16,0.1,,F,holding,rw\n"
                                 "PCS/runCmd,112,u16,1,,E,holding,rw\n"
                                 "PCS/ctrlMode,113,u16,1,,E,holding,ro\n"
                                 "PCS/pChMax,120,u16,0.1,,D,holding,rw\n"
                                 "PCS/pDisMax,121,u16,0.1,,D,holding,rw\n"
                                 "BMS/soc,130,u16,0.1,,N,holding,ro\n"
                                 "BMS/chForbid,131,bool,1,,E,holding,ro\n"
                                 "BMS/C1/cellV,200,u16[260],1,,C,holding,ro\n";

static inline south_table small_table(void)
{
    static char problem[2048];
    south_source source = {"small.csv", {TABLE_TEXT, sizeof TABLE_TEXT - 1}, false};
    south_table table = {0};
    if (south_table_parse(&source, &table, problem, sizeof problem) != ESS_OK)
        fail_msg("%s", problem);
    return table;
}

static inline size_t point_index(const south_table *table, const char *object, const char *name)
{
    const south_point *point = south_table_find(table, object, name);
    assert_non_null(point);
    return (size_t)(point - table->points);
}

static inline void make_scratch(char room[static 64])
{
    (void)snprintf(room, 64, "/tmp/ess-agent-test-XXXXXX");
    assert_non_null(mkdtemp(room));
}

/* One level of folders below it, as the agent makes them. */
static inline void remove_scratch(const char *path, int depth)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char below[512];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        int len = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        assert_true(len > 0 && (size_t)len < sizeof below);
        if (unlink(below) != 0 && depth > 0)
            remove_scratch(below, depth - 1);
    }
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(path);
}

static const store_key TEST_KEY = {{1, 2, 3}};

#endif
