-- Arguments: (job, token, lane, epoch)... Answer for each: 0 = held, 1 = held and cancelled, 2 = taken over by another claim.
--
-- A holder that Redis has forgotten together with all else goes on with its work, instead of being started anew
-- elsewhere: it gets a new entry, which FORCE makes pending without a delivery. The group delivers that entry later;
-- claim.lua passes it to its holder.
local function hold_again(job, token, lane)
    for other = 1, #streams do
        local entry = redis.call('HGET', waiting[other], job)
        if entry and entry ~= '' then
            remove(other, entry)
            redis.call('HSET', waiting[other], job, '')
        end
    end
    local entry = redis.call('XADD', streams[lane], '*', 'job', job)
    give(lane, entry, consumer_of(token), 'FORCE')
    hold(job, token, lane, entry, 0)
end

local standing = {}
local now = redis.call('GET', epoch)
for i = 3, #ARGV, 4 do
    local job, token, lane, then_ = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
    local holder = holder_of(job)
    if not holder and now ~= then_ then
        hold_again(job, token, lane)
        standing[#standing + 1] = 0
    elseif holder and holder.token == token then
        give(holder.lane, holder.entry, consumer_of(token))
        standing[#standing + 1] = holder.cancelled
    else
        standing[#standing + 1] = 2
    end
end
return standing
