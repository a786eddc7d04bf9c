/** What a Nym client keeps of each sender's SURBs. */

/** It sends nothing that would leave it with fewer of a v2 sender's: it would ask for more instead. */
export const SURB_RESERVE = 1;
