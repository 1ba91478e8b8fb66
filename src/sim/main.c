#include "sim/run.h"

int main(int count, char **arguments)
{
    return sim_main(count, arguments);
}
