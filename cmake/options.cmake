# Warnings and sanitizers, the same for every room.
add_library(ess_options INTERFACE)
target_compile_options(ess_options INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wvla -Wundef -Wpointer-arith -Wcast-qual -Wwrite-strings -Wimplicit-fallthrough
  -fno-common)
if(NOT CMAKE_SYSTEM_NAME STREQUAL "Generic") # there is nobody to call on a bare board
  target_compile_options(ess_options INTERFACE -fstack-protector-strong)
endif()
target_compile_definitions(ess_options INTERFACE ESS_VERSION="${PROJECT_VERSION}")
target_include_directories(ess_options INTERFACE ${CMAKE_SOURCE_DIR}/include
  ${CMAKE_SOURCE_DIR}/src)

if(ESS_SANITIZE)
  target_compile_options(ess_options INTERFACE
    -fsanitize=${ESS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(ess_options INTERFACE -fsanitize=${ESS_SANITIZE})
endif()
if(ESS_FUZZ)
  target_compile_options(ess_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # libess is position-independent in another way: see library.cmake.
  target_compile_options(ess_options INTERFACE -D_FORTIFY_SOURCE=2
    $<$<NOT:$<BOOL:$<TARGET_PROPERTY:POSITION_INDEPENDENT_CODE>>>:-fPIE>)
  target_link_options(ess_options INTERFACE -Wl,-z,relro,-z,now
    $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
endif()
