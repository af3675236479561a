-- What happens inside Redis: each script is one atomic step, and begins with this file.
--
-- Keys (the same for every script): held, epoch, and for each lane a stream and its "waiting".
--   high, default, library
--                   streams, one entry per id that waits or is held, read by the consumer group "workers"
--   waiting:high, waiting:default, waiting:library
--                   hashes, id -> its entry, or "" for an id that was asked for while it was held: it gets an entry when
--                   that claim ends. An id is in one of them at most, which is why it waits once.
--   held            hash, id -> "token lane entry cancelled": the claim that holds it. A token is "consumer/number".
--   epoch           text that is another one after Redis lost its data
-- The group's list of pending entries says how long ago a claim was renewed (an entry's idle time). Entries that were
-- handed back or taken from a dead worker belong to the consumer "returned": claims look there first, so that they come
-- before what arrived later.
-- Arguments: ARGV[1] and ARGV[2] are the channels "work" (payload: a lane) and "ended" (payload: a token); the script's
-- own begin at ARGV[3]. Lanes are numbers, 1 for high.

local held, epoch, streams, waiting = KEYS[1], KEYS[2], {}, {}
for i = 3, #KEYS, 2 do
    streams[#streams + 1], waiting[#waiting + 1] = KEYS[i], KEYS[i + 1]
end
local work, ended = ARGV[1], ARGV[2]

-- A command on the group of a stream. Redis may have lost it: then it is made again, before the first entry.
local function grouped(lane, ...)
    local reply = redis.pcall(...)
    if type(reply) ~= 'table' or not reply.err then return reply end
    if reply.err:find('NOGROUP', 1, true) then
        redis.call('XGROUP', 'CREATE', streams[lane], 'workers', '0', 'MKSTREAM')
    end
    return redis.call(...)
end

-- Makes an entry the consumer's, as if it had just been renewed.
local function give(lane, entry, consumer, ...)
    grouped(lane, 'XCLAIM', streams[lane], 'workers', consumer, '0', entry, 'JUSTID', ...)
end

local function remove(lane, entry)
    redis.call('XACK', streams[lane], 'workers', entry)
    redis.call('XDEL', streams[lane], entry)
end

local function add(lane, job)
    redis.call('HSET', waiting[lane], job, redis.call('XADD', streams[lane], '*', 'job', job))
    redis.call('PUBLISH', work, lane)
end

local function consumer_of(token)
    return token:match('^[^/]+')
end

local function holder_of(job)
    local value = redis.call('HGET', held, job)
    if not value then return nil end
    local token, lane, entry, cancelled = value:match('^(%S+) (%d) (%S+) (%d)$')
    return {token = token, lane = tonumber(lane), entry = entry, cancelled = tonumber(cancelled)}
end

local function hold(job, token, lane, entry, cancelled)
    redis.call('HSET', held, job, token .. ' ' .. lane .. ' ' .. entry .. ' ' .. cancelled)
end

local function end_claim(job, holder, again)
    redis.call('HDEL', held, job)
    for lane = 1, #streams do
        if redis.call('HGET', waiting[lane], job) == '' then
            remove(holder.lane, holder.entry)
            return add(lane, job)
        end
    end
    if not again then return remove(holder.lane, holder.entry) end
    give(holder.lane, holder.entry, 'returned')
    redis.call('HSET', waiting[holder.lane], job, holder.entry)
    redis.call('PUBLISH', work, holder.lane)
end
