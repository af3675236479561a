-- Arguments: lease in ms, time in ms after which a consumer without work is forgotten. Answer: the number of ids taken from
-- dead holders.
local lease, forget = ARGV[3], tonumber(ARGV[4])
local taken = 0
for lane = 1, #streams do
    local cursor = '0-0'
    repeat
        local reply =
            grouped(lane, 'XAUTOCLAIM', streams[lane], 'workers', 'returned', lease, cursor, 'COUNT', '100', 'JUSTID')
        cursor = reply[1]
        for _, entry in ipairs(reply[2]) do
            local found = redis.call('XRANGE', streams[lane], entry, entry)[1]
            local holder = found and holder_of(found[2][2])
            if holder and holder.entry == entry then
                redis.call('PUBLISH', ended, holder.token)
                end_claim(found[2][2], holder, true)
                taken = taken + 1
            end
        end
    until cursor == '0-0'
    for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', streams[lane], 'workers')) do
        local name, pending, idle = consumer[2], consumer[4], consumer[6]
        if name ~= 'returned' and pending == 0 and idle > forget then
            redis.call('XGROUP', 'DELCONSUMER', streams[lane], 'workers', name)
        end
    end
end
return taken
