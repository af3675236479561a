-- Arguments: token, lanes... Answer: {job, lane, epoch}, or nothing.
local token = ARGV[3]
local consumer = consumer_of(token)

local function first(lane, owner, from)
    local reply = grouped(lane, 'XREADGROUP', 'GROUP', 'workers', owner, 'COUNT', '1', 'STREAMS', streams[lane], from)
    local entry = reply and reply[1] and reply[1][2][1]
    if entry then return entry[1], entry[2] and entry[2][2] end
end

-- Takes the next entry of a lane that no claim holds.
local function next_free(lane)
    while redis.call('HLEN', waiting[lane]) > 0 do
        local entry, job = first(lane, 'returned', '0')
        local fresh = not entry
        if fresh then entry, job = first(lane, consumer, '>') end
        if not entry then return nil end
        local holder = job and holder_of(job)
        if not job then
            redis.call('XACK', streams[lane], 'workers', entry)  -- somebody deleted it from outside
        elseif holder then
            give(lane, entry, consumer_of(holder.token))  -- a claim that was held again, see renew.lua
        else
            if not fresh then give(lane, entry, consumer) end
            return entry, job
        end
    end
end

local function current_epoch()
    local known = redis.call('GET', epoch)
    if known then return known end
    local now = redis.call('TIME')
    redis.call('SET', epoch, now[1] .. '.' .. now[2])
    return redis.call('GET', epoch)
end

for i = 4, #ARGV do
    local lane = tonumber(ARGV[i])
    local entry, job = next_free(lane)
    if entry then
        redis.call('HDEL', waiting[lane], job)
        hold(job, token, lane, entry, 0)
        return {job, lane, current_epoch()}
    end
end
