# The page (web/) becomes four files in <build>/web: app.js, app.css, index.html, favicon.svg.
# npm only fetches what package-lock.json pins, into <build>/web-work, so the source tree stays
# clean; Debian's esbuild bundles straight from the source tree and finds the packages through
# NODE_PATH. Nothing runs while the sources have not changed.
function(ess_web)
  find_program(ESS_NPM npm REQUIRED)
  find_program(ESS_ESBUILD esbuild REQUIRED)
  set(web ${CMAKE_SOURCE_DIR}/web)
  set(work ${CMAKE_BINARY_DIR}/web-work)
  set(out ${CMAKE_BINARY_DIR}/web)

  # The browser driver is wanted by the tests alone.
  set(omit "")
  if(DEFINED BUILD_TESTING AND NOT BUILD_TESTING)
    set(omit --omit=dev)
  endif()
  set(packages ${web}/package.json ${web}/package-lock.json ${web}/.npmrc)
  add_custom_command(
    OUTPUT ${work}/npm.stamp
    COMMAND ${CMAKE_COMMAND} -E make_directory ${work}
    COMMAND ${CMAKE_COMMAND} -E copy ${packages} ${work}
    COMMAND ${CMAKE_COMMAND} -E chdir ${work}
            ${ESS_NPM} ci --no-audit --no-fund --ignore-scripts --loglevel=error ${omit}
    COMMAND ${CMAKE_COMMAND} -E touch ${work}/npm.stamp
    DEPENDS ${packages} VERBATIM
    COMMENT "Fetching the page's packages as pinned")

  # What a maker adds to the model, or nothing.
  set(added ${work}/model/ess-extension.json)
  if(ESS_MODEL_EXTENSION)
    configure_file(${ESS_MODEL_EXTENSION} ${added} COPYONLY)
  else()
    file(CONFIGURE OUTPUT ${added} CONTENT "{\"objects\":[],\"commands\":[]}\n")
  endif()

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/*)
  file(GLOB model CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/spec/model/*.json)
  add_custom_command(
    OUTPUT ${out}/app.js ${out}/app.css ${out}/index.html ${out}/favicon.svg
    COMMAND ${CMAKE_COMMAND} -E env NODE_PATH=${work}/node_modules:${work}/model
            ${ESS_ESBUILD} ${web}/src/app.jsx --bundle --minify --format=esm --target=es2020
            --jsx=automatic --jsx-import-source=preact --log-level=warning --outdir=${out}
    COMMAND ${CMAKE_COMMAND} -E copy ${web}/index.html ${web}/favicon.svg ${out}
    DEPENDS ${work}/npm.stamp ${sources} ${model} ${added} ${web}/index.html ${web}/favicon.svg VERBATIM
    COMMENT "Bundling the page")
  add_custom_target(web ALL DEPENDS ${out}/app.js)
endfunction()
