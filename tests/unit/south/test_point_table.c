/* The point table's file: what is accepted, what is refused and how it is said. */
#include "south/point_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADER "point,address,type,scale,order,class,area,access\n"

static char problem[8192];

static ess_err parse(const char *text, bool chinese, south_table *out)
{
    south_source source = {.name = "t.csv", .text = ess_slice_from(text), .chinese = chinese};

    return south_table_parse(&source, out, problem, sizeof(problem));
}

static void table_reads_every_column(void **state)
{
    static const char text[] = "\xEF\xBB\xBF# a comment\r\n\r\n" HEADER
                               "PCS/pSet, 40 ,i16,0.1,,,holding,rw\r\n"
                               "METER/impE,10,u32,0.1,CDAB,S,input,\r\n"
                               "BMS/C1/cellV,100,u16[260],1,,C\n"
                               "BMS/C12/cellT,7,i16[2],1,BADC,N,holding,ro";
    south_table table;
    const south_point *point;

    (void)state;
    assert_int_equal(parse(text, false, &table), ESS_OK);
    assert_int_equal(table.count, 4);
    assert_string_equal(table.points[0].object, "BMS/C12"); /* by area, then address */
    assert_string_equal(table.points[3].name, "impE");
    point = south_table_find(&table, "PCS", "pSet");
    assert_non_null(point);
    assert_int_equal(point->address, 40);
    assert_int_equal(point->type, SOUTH_I16);
    assert_int_equal(point->scale.mantissa, 1);
    assert_int_equal(point->scale.scale, 1);
    assert_int_equal(point->report_class, 'F'); /* the model's, where empty */
    assert_true(point->writable);
    assert_false(point->is_array);
    point = south_table_find(&table, "METER", "impE");
    assert_int_equal(point->order, SOUTH_CDAB);
    assert_int_equal(point->area, SOUTH_INPUT);
    assert_false(point->writable);
    point = south_table_find(&table, "BMS/C1", "cellV");
    assert_true(point->is_array);
    assert_int_equal(point->count, 260);
    assert_int_equal(south_point_registers(point), 260);
    assert_string_equal(point->model->name, "cellV");
    assert_null(south_table_find(&table, "BMS", "cellV"));
    south_table_free(&table);
}

typedef struct refusal {
    const char *text;
    const char *expected; /* part of the problem */
} refusal;

static const refusal refusals[] = {
    {"", "points-empty"},
    {"# nothing\n", "points-empty"},
    {"PCS/p,1,i16,0.1,,F\n", "t.csv:1: line \"PCS/p,1,i16,0.1,,F\": "},
    {"PCS/p,1,i16,0.1,,F\n", "[points-header]"},
    {HEADER "PCS/p,1,i16,0.1,\n", "t.csv:2: line "},
    {HEADER "PCS/p,1,i16,0.1,,F,holding,ro,x\n", "[points-columns]"},
    {HEADER "PCS/nonsense,1,i16,0.1,,F\n", "t.csv:2: point \"PCS/nonsense\": "},
    {HEADER "pSet,1,i16,0.1,,F\n", "[points-unknown]"},
    {HEADER "/p,1,i16,0.1,,F\n", "[points-unknown]"},
    {HEADER "XYZ/p,1,i16,0.1,,F\n", "[points-unknown]"},
    {HEADER "PCS/p,,i16,0.1,,F\n", "[points-address]"},
    {HEADER "PCS/p,-1,i16,0.1,,F\n", "[points-address]"},
    {HEADER "PCS/p,0x10,i16,0.1,,F\n", "[points-address]"},
    {HEADER "PCS/p,65536,i16,0.1,,F\n", "[points-address]"},
    {HEADER "PCS/p,65535,i32,0.1,,F\n", "[points-address]"},
    {HEADER "PCS/p,1,f32,0.1,,F\n", "[points-type]"},
    {HEADER "BMS/C1/cellV,1,u16[0],1,,C\n", "[points-type]"},
    {HEADER "BMS/C1/cellV,1,u16[1025],1,,C\n", "[points-type]"},
    {HEADER "BMS/C1/cellV,1,u16[],1,,C\n", "[points-type]"},
    {HEADER "BMS/C1/cellV,1,u16[3,1,,C\n", "[points-type]"},
    {HEADER "BMS/C1/cellV,1,u16,1,,C\n", "[points-array]"},
    {HEADER "PCS/p,1,i16[1],0.1,,F\n", "[points-array]"},
    {HEADER "BMS/C1/cellV,1,u16[2],0.1,,C\n", "[points-scale-array]"},
    {HEADER "PCS/p,1,i16,0,,F\n", "[points-scale]"},
    {HEADER "PCS/p,1,i16,-1,,F\n", "[points-scale]"},
    {HEADER "PCS/p,1,i16,,,F\n", "[points-scale]"},
    {HEADER "PCS/p,1,i16,0.1,BACD,F\n", "[points-order]"},
    {HEADER "PCS/p,1,i16,0.1,,Z\n", "[points-class]"},
    {HEADER "PCS/p,1,i16,0.1,,FN\n", "[points-class]"},
    {HEADER "PCS/p,1,i16,0.1,,F,coil\n", "[points-area]"},
    {HEADER "PCS/p,1,i16,0.1,,F,input,rw\n", "[points-access]"},
    {HEADER "PCS/p,1,i16,0.1,,F,holding,wo\n", "[points-access]"},
    {HEADER "PCS/p,1,i16,0.1,,F\nPCS/p,2,i16,0.1,,F\n", "t.csv:3: point \"PCS/p\": "},
    {HEADER "PCS/p,1,i16,0.1,,F\nPCS/p,2,i16,0.1,,F\n", "[points-duplicate]"},
    {HEADER "PCS/p,1,i32,0.1,,F\nPCS/q,2,i16,0.1,,F\n", "t.csv:3: point \"PCS/q\": "},
    {HEADER "PCS/p,1,i32,0.1,,F\nPCS/q,2,i16,0.1,,F\n", "[points-overlap]"},
    {HEADER "BMS/C1/cellV,1,u16[9],1,,C\nPCS/p,2,i16,1,,F\nPCS/q,5,i16,1,,F\n", "t.csv:4: "},
};

static void table_refuses_what_is_not_allowed_and_says_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        south_table table = {(south_point *)-1, 99};
        ess_err err = parse(refusals[i].text, false, &table);

        if (err != ESS_E_CONFIG || strstr(problem, refusals[i].expected) == NULL)
            fail_msg("case %zu: err %d, problem: %s", i, (int)err, problem);
        assert_int_equal(table.count, 99); /* untouched */
    }
}

static void table_tells_all_problems_in_the_language_asked(void **state)
{
    static const char text[] = HEADER "PCS/p,x,y,z,w,v,u,t\nPCS/q,1,i16,1,,F,none\n";
    size_t lines = 0;
    south_table table;

    (void)state;
    assert_int_equal(parse(text, true, &table), ESS_E_CONFIG);
    for (const char *at = problem; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_int_equal(lines, 8);
    assert_non_null(strstr(problem, "寄存器"));
    assert_null(strstr(problem, "register"));
}

static void problems_are_cut_at_whole_lines(void **state)
{
    south_source source = {.name = "t.csv",
                           .text = ess_slice_from(HEADER "PCS/p,x,y,z,w,v,u,t\n")};
    south_table table;

    (void)state;
    for (size_t size = 1; size < 1200; size++) {
        char room[1200];
        memset(room, '#', sizeof(room));
        assert_int_equal(south_table_parse(&source, &table, room, size), ESS_E_CONFIG);
        assert_non_null(memchr(room, '\0', size));
        if (room[0] != '\0')
            assert_int_equal(room[strlen(room) - 1], '\n');
        assert_int_equal(room[size], '#');
    }
}

static void table_refuses_more_points_than_it_holds(void **state)
{
    const size_t lines = SOUTH_POINTS_MAX + 1;
    char *text = calloc(lines + 2, 48);
    size_t len = (size_t)snprintf(text, 64, HEADER);
    south_table table;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < lines; i++)
        len += (size_t)snprintf(text + len, 48, "PCS%zu/p,%zu,i16,0.1,,F\n", i, i);
    assert_int_equal(parse(text, false, &table), ESS_E_CONFIG);
    assert_non_null(strstr(problem, "[points-too-many]"));
    text[strrchr(text, 'P') - text] = '\0'; /* one line fewer fits */
    assert_int_equal(parse(text, false, &table), ESS_OK);
    assert_int_equal(table.count, SOUTH_POINTS_MAX);
    south_table_free(&table);
    free(text);
}

static void missing_file_is_said(void **state)
{
    south_table table;

    (void)state;
    assert_int_equal(south_table_load("/nonexistent/points.csv", false, &table, problem,
                                      sizeof(problem)),
                     ESS_E_NOT_FOUND);
    assert_non_null(strstr(problem, "[points-file]"));
}

static void reference_cabinet_loads(void **state)
{
    south_table table;

    (void)state;
    if (south_table_load(ESS_SOURCE_DIR "/packaging/points/cabinet-261.csv", false, &table,
                         problem, sizeof(problem)) != ESS_OK)
        fail_msg("%s", problem);
    assert_true(table.count > 100);
    assert_non_null(south_table_find(&table, "PCS", "pSetEcho"));
    south_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_reads_every_column),
        cmocka_unit_test(table_refuses_what_is_not_allowed_and_says_where),
        cmocka_unit_test(table_tells_all_problems_in_the_language_asked),
        cmocka_unit_test(problems_are_cut_at_whole_lines),
        cmocka_unit_test(table_refuses_more_points_than_it_holds),
        cmocka_unit_test(missing_file_is_said),
        cmocka_unit_test(reference_cabinet_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
