-- For wrk: each request carries the next bearer token of a file. Prints one line of JSON when it is over.
-- usage: wrk … -s wrk-tokens.lua URL -- TOKENS-FILE      (a token a line)

local requests, index = {}, 0

function init(args)
  for token in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format('GET', nil, { Host = wrk.host, Authorization = 'Bearer ' .. token })
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
