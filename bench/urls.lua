-- Asks for the paths in the file that the environment's URLS names, one after the other; IF_NONE_MATCH is sent along.
local paths, at = {}, 0
for path in io.lines(os.getenv("URLS")) do paths[#paths + 1] = path end
local headers = {}
if os.getenv("IF_NONE_MATCH") then headers["If-None-Match"] = os.getenv("IF_NONE_MATCH") end
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at], headers)
end
