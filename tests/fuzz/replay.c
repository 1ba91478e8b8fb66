/* Runs a fuzz target on every file of the folders given: what was found once stays tested, with
 * any compiler. Fails when a folder is missing or holds no file, so that seeds cannot get lost. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs one file. Returns 1 if it was run, 0 if it is not a file, -1 if it cannot be read. */
static int replay_file(const char *path)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    int result = -1;

    if (file == NULL || fstat(fileno(file), &info) != 0) {
        perror(path);
    } else if (!S_ISREG(info.st_mode)) {
        result = 0;
    } else {
        /* Exactly as large as the input, so that one byte read too many is noticed. */
        size_t size = (size_t)info.st_size;
        uint8_t *data = malloc(size == 0 ? 1 : size);
        if (data != NULL && fread(data, 1, size, file) == size) {
            (void)LLVMFuzzerTestOneInput(data, size);
            result = 1;
        }
        free(data);
    }
    if (file != NULL)
        (void)fclose(file);
    return result;
}

/* Returns the number of files run, -1 on any trouble. */
static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int count = 0;

    if (dir == NULL) {
        perror(folder);
        return -1;
    }
    while (count >= 0 && (entry = readdir(dir)) != NULL) {
        char path[4096];
        int len = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        int run = len < (int)sizeof path ? replay_file(path) : -1;
        count = run < 0 ? -1 : count + run;
    }
    (void)closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int count = replay_folder(argv[i]);
        if (count <= 0) {
            (void)fprintf(stderr, "%s: no seeds were run\n", argv[i]);
            return 1;
        }
        (void)printf("%s: %d inputs\n", argv[i], count);
    }
    return argc > 1 ? 0 : 2;
}
