-- Asks what the lines of the file say that the environment's URLS names, one after the other: a path to GET, or a method, a path
-- and a body. IF_NONE_MATCH is sent along; with EMPTY, each line is an empty POST instead.
local lines, at = {}, 0
for line in io.lines(os.getenv("URLS")) do
  local method, path, body = line:match("^(%u+) (%S+) ?(.*)$")
  lines[#lines + 1] = {method or "GET", path or line, body}
end
local headers = {["Content-Type"] = "application/json"}
if os.getenv("IF_NONE_MATCH") then headers["If-None-Match"] = os.getenv("IF_NONE_MATCH") end
request = function()
  at = at % #lines + 1
  if os.getenv("EMPTY") then return wrk.format("POST", "/", headers, "{}") end
  return wrk.format(lines[at][1], lines[at][2], headers, lines[at][3])
end
