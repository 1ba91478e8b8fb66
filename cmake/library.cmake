# libess as it is installed: codec, model and session in one library, static and shared.
#
# What the shared library shows is what include/ess declares (scripts/make_exports.py makes a
# version script of it): headers need no macro before each declaration, and nothing is shown by
# accident. Before 1.0 a minor version may break the binary interface, so it is part of the soname.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

file(GLOB library_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/codec/*.c
  ${CMAKE_SOURCE_DIR}/src/model/*.c ${CMAKE_SOURCE_DIR}/src/session/*.c)
file(GLOB library_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/include/ess/*.h)
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(library_soversion ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
else()
  set(library_soversion ${PROJECT_VERSION_MAJOR})
endif()

add_library(ess_objects OBJECT ${library_sources} ${ESS_MODEL_SOURCE})
add_dependencies(ess_objects room_model) # one of them makes the tables, not both at a time
set_target_properties(ess_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_link_libraries(ess_objects PRIVATE ess_options)
# Nobody replaces one function of libess by another: calls within it need no table.
target_compile_options(ess_objects PRIVATE -fno-semantic-interposition)

set(exports ${CMAKE_BINARY_DIR}/gen/libess.map)
add_custom_command(
  OUTPUT ${exports}
  COMMAND ${ESS_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/make_exports.py --out ${exports}
          --version ${library_soversion}
  DEPENDS ${library_headers} ${CMAKE_SOURCE_DIR}/scripts/make_exports.py
          ${CMAKE_SOURCE_DIR}/scripts/headers.py
  COMMENT "Listing what libess shows")
add_custom_target(ess_exports DEPENDS ${exports})

foreach(kind STATIC SHARED)
  string(TOLOWER ess_${kind} target)
  add_library(${target} ${kind} $<TARGET_OBJECTS:ess_objects>)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ess)
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
set_target_properties(ess_static PROPERTIES EXPORT_NAME static)
set_target_properties(ess_shared PROPERTIES EXPORT_NAME shared
  VERSION ${PROJECT_VERSION} SOVERSION ${library_soversion} LINK_DEPENDS ${exports})
add_dependencies(ess_shared ess_exports)
target_link_options(ess_shared PRIVATE -Wl,--version-script=${exports} -Wl,--no-undefined
  -Wl,-Bsymbolic-functions -Wl,-z,relro,-z,now)

# --- libess-pack: compression (ADR 0005), for those who have zstd and zlib. Left out where they are
# not: a device without it sends plain JSON.
set(ESS_PACK_NEEDS_FOUND FALSE)
if(PkgConfig_FOUND)
  pkg_check_modules(ESS_PACK_NEEDS libzstd zlib)
endif()
if(ESS_PACK_NEEDS_FOUND)
  file(GLOB pack_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/pack/*.c)
  file(GLOB pack_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/include/ess-pack/*.h)
  add_library(ess_pack_objects OBJECT ${pack_sources} ${ESS_DICTIONARY_SOURCE})
  set_target_properties(ess_pack_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(ess_pack_objects PRIVATE ess_options)
  target_compile_definitions(ess_pack_objects PRIVATE _GNU_SOURCE)
  set(pack_exports ${CMAKE_BINARY_DIR}/gen/libess-pack.map)
  add_custom_command(
    OUTPUT ${pack_exports}
    COMMAND ${ESS_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/make_exports.py --out ${pack_exports}
            --version ${library_soversion} --library ess-pack
    DEPENDS ${pack_headers} ${CMAKE_SOURCE_DIR}/scripts/make_exports.py
            ${CMAKE_SOURCE_DIR}/scripts/headers.py)
  add_custom_target(ess_pack_exports DEPENDS ${pack_exports})
  foreach(kind static shared)
    string(TOUPPER ${kind} type)
    add_library(ess_pack_${kind} ${type} $<TARGET_OBJECTS:ess_pack_objects>)
    set_target_properties(ess_pack_${kind} PROPERTIES OUTPUT_NAME ess-pack
      EXPORT_NAME pack-${kind})
    target_include_directories(ess_pack_${kind} INTERFACE
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(ess_pack_${kind} PUBLIC ess_${kind} PRIVATE zstd z)
  endforeach()
  set_target_properties(ess_pack_shared PROPERTIES VERSION ${PROJECT_VERSION}
    SOVERSION ${library_soversion} LINK_DEPENDS ${pack_exports})
  add_dependencies(ess_pack_shared ess_pack_exports)
  target_link_options(ess_pack_shared PRIVATE -Wl,--version-script=${pack_exports}
    -Wl,--no-undefined -Wl,-Bsymbolic-functions -Wl,-z,relro,-z,now)
  install(TARGETS ess_pack_static ess_pack_shared EXPORT ess-targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/ess-pack DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ess)
install(TARGETS ess_static ess_shared EXPORT ess-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT ess-targets NAMESPACE ess:: DESTINATION ${package_dir})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/ess DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/spec/model DESTINATION ${CMAKE_INSTALL_DATADIR}/esslink
  FILES_MATCHING PATTERN "*.json")
write_basic_package_version_file(${CMAKE_BINARY_DIR}/gen/ess-config-version.cmake
  COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH prefix_from_pkgconfig /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_SOURCE_DIR}/cmake/ess.pc.in ${CMAKE_BINARY_DIR}/gen/ess.pc @ONLY)
install(FILES ${CMAKE_SOURCE_DIR}/cmake/ess-config.cmake
  ${CMAKE_BINARY_DIR}/gen/ess-config-version.cmake DESTINATION ${package_dir})
install(FILES ${CMAKE_BINARY_DIR}/gen/ess.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(ESS_PACK_NEEDS_FOUND)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/ess-pack.pc.in ${CMAKE_BINARY_DIR}/gen/ess-pack.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/gen/ess-pack.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
