# Tests are found by where they lie:
#   tests/unit/<room>/test_*.c     cmocka, linked with that room          label unit
#   tests/fuzz/<room>/fuzz_*.c     one fuzz target; its seeds (tests/fuzz/<room>/seeds/<name>/*)
#                                  are replayed here                      label unit
#   tests/{e2e,fault,security,interop,library}/test_*.py  whole programs and libess as installed,
#                                  one file a test                        label = folder
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

file(GLOB unit_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*/test_*.c)
foreach(source ${unit_tests})
  get_filename_component(folder ${source} DIRECTORY)
  get_filename_component(room ${folder} NAME)
  get_filename_component(name ${source} NAME_WE)
  set(target unit_${room}_${name})
  add_executable(${target} ${source})
  target_link_libraries(${target} PRIVATE room_${room} PkgConfig::CMOCKA m)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE ESS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME unit.${room}.${name} COMMAND ${target})
  set_tests_properties(unit.${room}.${name} PROPERTIES LABELS unit TIMEOUT 180)
endforeach()

# Doubles against the C library's; scripts/numbers.sh runs it for longer.
add_executable(check_numbers ${CMAKE_SOURCE_DIR}/tests/numbers/check_numbers.c)
target_link_libraries(check_numbers PRIVATE room_codec m)
target_compile_definitions(check_numbers PRIVATE _GNU_SOURCE)
add_test(NAME numbers.strtod COMMAND check_numbers --count 40000)
set_tests_properties(numbers.strtod PROPERTIES LABELS unit TIMEOUT 60)

file(GLOB fuzz_targets CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*/fuzz_*.c)
foreach(source ${fuzz_targets})
  get_filename_component(folder ${source} DIRECTORY)
  get_filename_component(room ${folder} NAME)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${room}_${name} ${source})
  target_link_libraries(${room}_${name} PRIVATE room_${room})
  target_compile_definitions(${room}_${name} PRIVATE _GNU_SOURCE)
  if(ESS_FUZZ)
    target_link_options(${room}_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${room}_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME fuzz.${room}.${name}
             COMMAND ${room}_${name} ${folder}/seeds/${name})
    set_tests_properties(fuzz.${room}.${name} PROPERTIES LABELS unit TIMEOUT 60)
  endif()
endforeach()

# The examples must compile whenever a header changes; tests/library runs them as users build them.
foreach(example first_report first_reader device reader)
  add_executable(example_${example} ${CMAKE_SOURCE_DIR}/examples/${example}.c)
  target_link_libraries(example_${example} PRIVATE room_session)
endforeach()
add_executable(example_compress ${CMAKE_SOURCE_DIR}/examples/compress.c)
target_link_libraries(example_compress PRIVATE room_pack)

foreach(label e2e fault security interop library)
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${label}/test_*.py)
  foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    add_test(NAME ${label}.${name} COMMAND ${ESS_PYTHON} ${script}
             WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
    set_tests_properties(${label}.${name} PROPERTIES LABELS ${label} TIMEOUT 240
      ENVIRONMENT "ESS_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};ESS_SOURCE=${CMAKE_SOURCE_DIR};PYTHONDONTWRITEBYTECODE=1")
  endforeach()
endforeach()

foreach(check api ids layers names refusals sources style spec schema)
  add_test(NAME check.${check}
           COMMAND ${ESS_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/check_${check}.py)
  set_tests_properties(check.${check} PROPERTIES LABELS unit)
endforeach()

# The files of scripts/amalgamate.py compile: two rooms may have taken the same name.
add_test(NAME check.drop COMMAND sh -c "${ESS_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/amalgamate.py \
  --out drop && cc -std=c11 -Wall -Wextra -Werror -fsyntax-only drop/ess.c drop/ess_model.c"
  WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
set_tests_properties(check.drop PROPERTIES LABELS unit)

# libess on a bare Cortex-M4 in an emulator; builds the preset mcu.
add_test(NAME mcu.budget COMMAND ${CMAKE_SOURCE_DIR}/scripts/mcu.sh)
set_tests_properties(mcu.budget PROPERTIES LABELS unit TIMEOUT 240)

add_test(NAME check.asyncapi
         COMMAND ${CMAKE_SOURCE_DIR}/tests/asyncapi/run.sh ${CMAKE_BINARY_DIR}/asyncapi-work)
set_tests_properties(check.asyncapi PROPERTIES LABELS unit TIMEOUT 120)

# The published suite for readers of JSON, through `ess json check`.
add_test(NAME interop.json_suite
         COMMAND ${CMAKE_SOURCE_DIR}/tests/json-suite/run.sh ${CMAKE_BINARY_DIR}/json-suite-work
                 $<TARGET_FILE:ess>)
set_tests_properties(interop.json_suite PROPERTIES LABELS interop TIMEOUT 240)
