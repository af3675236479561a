-- Arguments: job, lane.
local job, lane = ARGV[3], tonumber(ARGV[4])
for each = 1, #streams do
    if redis.call('HEXISTS', waiting[each], job) == 1 then return end
end
if redis.call('HEXISTS', held, job) == 1 then
    redis.call('HSET', waiting[lane], job, '')
else
    add(lane, job)
end
