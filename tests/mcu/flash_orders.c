/* A device that carries commands out by the machines, journal and leases included. */
#include "ess/execute.h"
#include "ess/journal.h"
#include "flash_parts.h"

static ess_journal journal;
static ess_journal_entry entry[1];
static ess_orders orders;
static ess_order_object object[1];
static ess_execute plan;

static int judge(const ess_command *command, ess_order *order)
{
    const ess_judge_facts facts = {.path = ""};
    ess_orders_request asked = {.command = command, .control = ESS_CONTROL_REMOTE};
    ess_verdict verdict;
    ess_command_judge(command, &facts, &verdict, &asked.known);
    ess_orders_admit(&orders, &asked, order, &verdict);
    return verdict.result;
}

static int record(ess_slice code)
{
    const ess_journal_record one = {.code = code};
    return ess_journal_restore(&journal, &one) + ess_journal_put(&journal, &one) +
           ess_journal_refuse(&journal, &one) + ess_journal_has_room(&journal, 0) +
           (ess_journal_next_open(&journal, 0) != NULL) +
           (ess_journal_find(&journal, code) != NULL);
}

static int carry_out(const ess_command *command)
{
    const ess_orders_facts facts = {.offline = false};
    const ess_equipment equipment = {.context = NULL};
    ess_orders_request asked = {.command = command};
    ess_execute_answer answer = {.err = ESS_OK};
    ess_execute_job job;
    ess_orders_step step;
    const char *why;
    ess_orders_next(&orders, &facts, &step);
    ess_orders_begun(&orders, &step);
    (void)ess_execute_plan(&plan, &equipment, asked.known, command->args, &why);
    (void)ess_execute_plan_revert(&plan, &equipment, asked.known, &why);
    ess_execute_begin(&plan, false, 0);
    while (ess_execute_next(&plan, 0, &job))
        ess_execute_answered(&plan, &answer, 0);
    ess_orders_result(&orders, &plan.result, facts.now);
    ess_orders_not_reverted(&orders, 0, 0);
    ess_orders_released(&orders, 0, true, 0);
    ess_orders_ended(&orders, step.place, true, 0);
    return (int)ess_orders_recover(&orders, &asked);
}

int main(void)
{
    const ess_command command = {0};
    ess_order order;
    int result;
    link_device();
    ess_journal_init(&journal, entry, 1, 0);
    ess_orders_init(&orders, object, 1);
    result = judge(&command, &order) + record(command.code);
    return result + (int)ess_orders_put(&orders, &order) + carry_out(&command);
}
