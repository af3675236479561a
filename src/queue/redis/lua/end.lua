-- Arguments: job, token, "1" to hand it back or "0" when its work is done.
local job, token, again = ARGV[3], ARGV[4], ARGV[5] == '1'
local holder = holder_of(job)
if holder and holder.token == token then end_claim(job, holder, again) end
