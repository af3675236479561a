-- Arguments: job, lane.
local job, lane = ARGV[3], tonumber(ARGV[4])
if redis.call('HEXISTS', waiting[1], job) == 1 or redis.call('HEXISTS', waiting[2], job) == 1 then return end
if redis.call('HEXISTS', held, job) == 1 then
    redis.call('HSET', waiting[lane], job, '')
else
    add(lane, job)
end
