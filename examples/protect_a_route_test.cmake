# SPDX-License-Identifier: Apache-2.0
# Gives the example good and bad requests and compares its answers. The tokens were signed by Node's crypto module
# under the secret below: {"sub":"testuser","exp":4102444800} (the year 2100) and the same with "exp":1.
file(WRITE ${FOLDER}/secret.txt "an example secret of forty bytes, or so")
set(good "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ0ZXN0dXNlciIsImV4cCI6NDEwMjQ0NDgwMH0.SbCcxx9qprcLesTfmR8b0zaigCPKlTYWwEIt_6Kiv2g")
set(expired "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ0ZXN0dXNlciIsImV4cCI6MX0.Tlt349qjvk9TSPDgJ4rO-KzP9ZrQWaO_ToTMNWfxlPc")
file(WRITE ${FOLDER}/requests.txt "Bearer ${good}\nbearer  ${good}\nBearer ${expired}\nBearer ${good}x\nBasic abc\n\n${good}\n")
execute_process(COMMAND ${PROGRAM} ${FOLDER}/secret.txt INPUT_FILE ${FOLDER}/requests.txt
                OUTPUT_VARIABLE answers RESULT_VARIABLE result)
set(expected "200 Welcome testuser
200 Welcome testuser
401 Could not validate credentials (token_expired)
401 Could not validate credentials (token_signature)
401 Could not validate credentials (not_authenticated)
401 Could not validate credentials (not_authenticated)
401 Could not validate credentials (not_authenticated)
")
if(NOT result EQUAL 0 OR NOT answers STREQUAL expected)
  message(FATAL_ERROR "exit ${result}, answers:\n${answers}\nexpected:\n${expected}")
endif()
