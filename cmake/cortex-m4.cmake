# Debian's gcc-arm-none-eabi, Cortex-M4 with FPU. No C library is wanted: the few functions that
# libess uses are declared in tests/mcu/libc, and whoever links it brings his own.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# -fbuiltin: small copies are done in place although the compiler is told that there is no library.
string(CONCAT CMAKE_C_FLAGS_INIT
  "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -ffreestanding -fbuiltin "
  "-ffunction-sections -fdata-sections -isystem ${CMAKE_CURRENT_LIST_DIR}/../tests/mcu/libc")
