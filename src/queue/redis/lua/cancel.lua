-- Arguments: job.
local job = ARGV[3]
for lane = 1, #streams do
    local entry = redis.call('HGET', waiting[lane], job)
    if entry then
        redis.call('HDEL', waiting[lane], job)
        if entry ~= '' then remove(lane, entry) end
    end
end
local holder = holder_of(job)
if holder then
    hold(job, holder.token, holder.lane, holder.entry, 1)  -- kept, in case that the message gets lost
    redis.call('PUBLISH', ended, holder.token)
end
