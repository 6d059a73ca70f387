-- For wrk: each request carries the next bearer token of a file. Prints one line of JSON when it is over.
-- usage: wrk … -s wrk-tokens.lua URL -- TOKENS-FILE [NAME=VALUE]…      (a token a line; further headers of each request)

local requests, index = {}, 0

function init(args)
  local headers = { Host = wrk.host }
  for i = 2, #args do
    local name, value = args[i]:match('^([^=]+)=(.*)$')
    headers[name] = value
  end
  for token in io.lines(args[1]) do
    headers.Authorization = 'Bearer ' .. token
    requests[#requests + 1] = wrk.format('GET', nil, headers)
  end
end

function request()
  index = index % #requests + 1
  return requests[index]
end

function done(summary)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%.6f,"failed":%d}\n', summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
