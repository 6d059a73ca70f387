-- For wrk with one thread: each request is a login with the next body of a file. Prints one line of JSON when it is over, with the logins
-- a second after so many seconds: the slope of the straight line through the answers as they were counted over time. Answers come in
-- bunches, as many as there are workers; to count those of some time would depend on where it happens to begin and end.
-- usage: wrk -t1 … -s wrk-logins.lua URL -- BODIES-FILE SETTLE-SECONDS      (a JSON body a line)

local ffi = require('ffi')
ffi.cdef('struct timespec { long sec; long nsec; }; int clock_gettime(int clock, struct timespec *time);')
local monotonic, time = 1, ffi.new('struct timespec')
local requests, index, settled = {}, 0, 0
local worker

-- What `done` reads of the thread has to be global there.
failed, count, sumX, sumY, sumXX, sumXY = 0, 0, 0, 0, 0, 0

local function now()
  ffi.C.clock_gettime(monotonic, time)
  return tonumber(time.sec) + tonumber(time.nsec) / 1e9
end

function setup(thread)
  worker = thread
end

function init(args)
  local headers = { Host = wrk.host, ['Content-Type'] = 'application/json' }
  for body in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format('POST', nil, headers, body)
  end
  settled = now() + tonumber(args[2])
end

function request()
  index = index % #requests + 1
  return requests[index]
end

function response(status)
  if status ~= 200 then failed = failed + 1 end
  local x = now() - settled
  if x < 0 then return end
  count = count + 1
  sumX, sumY, sumXX, sumXY = sumX + x, sumY + count, sumXX + x * x, sumXY + x * count
end

function done(summary)
  local errors = summary.errors
  local n, x, y = worker:get('count'), worker:get('sumX'), worker:get('sumY')
  local slope = (n * worker:get('sumXY') - x * y) / (n * worker:get('sumXX') - x * x)
  local failures = worker:get('failed') + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('{"perSecond":%.6f,"failed":%d}\n', slope, failures))
end
