/*
 * The publish protocol: who writes what, in which order, when the network, X and the workers fail.
 *
 * Two workers publish two posts of one account. Post A is a thread of two tweets, post B is one
 * tweet with the words with which A begins. Faults (FAULTS of them) may come anywhere. Read it
 * from the bottom up: the worker, then the environment, then the record's transitions, whose
 * names are those of post.Post's methods.
 *
 * What no protocol can do without is an assumption here, and each is a switch: defining one of
 * the macros that README.md lists drops it.
 */
#ifndef POSTS
#define POSTS 2
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#define WORKERS 2
#define SIZE(p) (2 - (p))    /* A has two tweets, B has one */
#define MAXTRIES 1
#define MAXX 5               /* tweets that are ever made */
#define NONE 15
#define HAND 14              /* whose a tweet by hand is */

mtype = { scheduled, publishing, published, failed, unknown, cancelled };

/* ---- What is stored ------------------------------------------------------------------- */

typedef Post {
	mtype status = scheduled;
	byte next;           /* the cursor: how many tweets are out */
	byte id[2] = NONE;   /* X's ids of them */
	bool attempt;        /* an intent is stored: the next tweet may be on X */
	bool reconciling;    /* and nobody knows */
	bool absent;         /* read as absent once, after the settling time */
	bool duplicate;      /* X called it a duplicate after a doubt */
	bool doubted;        /* it was sent before, and settled as absent */
	byte tries;
	byte holder = NONE;  /* the lease */
	bool over;           /* it has run out */
	bool waits;          /* due when the settling time is over */
	bool blocked         /* due when the other post has moved */
};
Post rec[2];
byte owner[MAXX] = NONE; /* which post a tweet belongs to, once that was settled */

/* ---- What is so ----------------------------------------------------------------------- */

/* How old an attempt is: 0, its request may yet leave; 1, it cannot, but X may yet accept it or
 * show it; 2, the settling time is over, and that as well. */
byte phase[2];

byte made;               /* tweets on X, and whose they truly are */
byte xpost[MAXX] = NONE, xpos[MAXX], xparent[MAXX] = NONE;
bool shown[MAXX], gone[MAXX];
bool pending[2];         /* a request that X has got, and accepts late if at all */
byte pendingpos[2], pendingparent[2] = NONE;

bool fresh[WORKERS];     /* what the worker has read of its post is how it is stored */
byte on[WORKERS] = NONE;
bool leaving[WORKERS];   /* it has looked at the clock, and its request has not left */

byte faults = FAULTS;
byte victim;             /* whose requests and workers may fail */
bool refusesreads;       /* X has refused to show the timeline */
byte acts = 1;           /* what the owner does of his own accord */

/* ---- What must never be --------------------------------------------------------------- */

bool twice;              /* a tweet was made twice */
bool foreign;            /* a record has a tweet that is not its own */
bool lost;               /* a record has a tweet that X has not, or lacks one that it has */
bool stuck;              /* a post that has not come to an end, and never will */
bool asked;              /* a person was asked, though X shows what it has */

#define PARENT(p) (rec[p].next == 0 -> NONE : rec[p].id[0])
#define BUSY(p) (rec[p].holder != NONE && !rec[p].over)
#define HAS(p, x) (rec[p].id[0] == (x) || rec[p].id[1] == (x))

#ifdef CLOCKS
#define SETTLED(p) (phase[p] >= 1)
#else
#define SETTLED(p) (phase[p] == 2)
#endif
#define DUE(p) ((rec[p].status == scheduled || rec[p].status == publishing) && !BUSY(p) && !rec[p].blocked && (!rec[p].waits || SETTLED(p)))

#ifdef REFUSES_DUPLICATES
#define REFUSED true   /* X refuses words that it has already, always; else it may */
#else
#define REFUSED false
#endif
#ifdef CHANGED_TEXT
#define RECOGNISED false
#else
#define RECOGNISED true
#endif
#ifdef HIDDEN
#define SHOWS(n) (n >= 1)
#else
#define SHOWS(n) true
#endif
#ifdef BOTH_IN_DOUBT
#define MAYFAIL(p) (faults > 0)
#else
#define MAYFAIL(p) (faults > 0 && victim == (p))
#endif

/* truth gives in x the tweet on X that truly is the post's next one. */
inline truth(p, x) {
	x = 0;
	do
	:: x < made && !(xpost[x] == p && xpos[x] == rec[p].next && !gone[x]) -> x++
	:: else -> break
	od;
	if
	:: x >= made -> x = NONE
	:: else
	fi
}

/* stored: whoever has read the post before knows it no more, and who waited for it goes on. */
inline stored(p, w) {
	fresh[0] = fresh[0] && !(on[0] == p && w != 0);
	fresh[1] = fresh[1] && !(on[1] == p && w != 1);
	rec[1 - p].blocked = false
}

inline release(p) { rec[p].holder = NONE; rec[p].over = false }

/* ---- The transitions of the record ---------------------------------------------------- */

inline Claim(p, w) {
	rec[p].status = publishing; rec[p].holder = w; rec[p].over = false; rec[p].waits = false;
	if
	:: rec[p].attempt -> rec[p].reconciling = true
	:: else -> rec[p].attempt = true; rec[p].absent = false; phase[p] = 0
	fi;
	stored(p, w)
}

/* receive records an id. It must be the post's own tweet, in its place. */
inline receive(p, x) {
	foreign = xpost[x] != p || xpos[x] != rec[p].next || xparent[x] != PARENT(p);
	assert(!foreign);
	rec[p].id[rec[p].next] = x; rec[p].next = rec[p].next + 1;
	rec[p].attempt = false; rec[p].reconciling = false; rec[p].absent = false; rec[p].duplicate = false;
	rec[p].doubted = false; rec[p].tries = 0; phase[p] = 0
}
inline Checkpoint(p, w, x) { receive(p, x); rec[p].attempt = true; stored(p, w) }
inline Yield(p, w, x) { receive(p, x); release(p); stored(p, w) }
inline Complete(p, w, x) { receive(p, x); rec[p].status = published; release(p); stored(p, w) }

inline Doubt(p, w) { rec[p].reconciling = true; release(p); stored(p, w) }
inline Resend(p, w) {
	rec[p].doubted = true; rec[p].tries++; rec[p].reconciling = false; rec[p].absent = false; rec[p].duplicate = false;
	rec[p].over = false; phase[p] = 0; stored(p, w)
}
inline HandOver(p, w) { rec[p].attempt = false; release(p); stored(p, w) }
inline Backoff(p, w) { rec[p].attempt = false; rec[p].tries++; release(p); stored(p, w) }
inline Park(p, w) { /* an attempt that is in doubt stays */
	rec[p].attempt = rec[p].attempt && rec[p].reconciling; release(p); stored(p, w)
}
inline Fail(p, w, x) {
	truth(p, x); lost = x != NONE; assert(!lost); /* it is certainly not on X */
	rec[p].status = failed; rec[p].attempt = false; rec[p].reconciling = false; release(p); stored(p, w)
}
inline GiveUp(p, w) {
#if POSTS == 1
	asked = !refusesreads; assert(!asked);
#endif
	rec[p].status = unknown; release(p); stored(p, w)
}

/* The owner's. Nobody's worker writes them. */
inline Resolve(p, x) {
	if
	:: x == NONE -> rec[p].attempt = false; rec[p].reconciling = false; rec[p].doubted = true
	:: else -> receive(p, x)
	fi;
	rec[p].status = failed; stored(p, NONE)
}
inline ResolveLast(p, x) { receive(p, x); rec[p].status = published; stored(p, NONE) }
inline Retry(p) { rec[p].status = scheduled; rec[p].tries = 0; rec[p].waits = false; stored(p, NONE) }
inline Cancel(p) { rec[p].status = cancelled; release(p); stored(p, NONE) }

/* ---- X -------------------------------------------------------------------------------- */

/* repeated: X has these words, below this tweet, already. */
inline repeated(pos, parent, yes) {
	yes = false; n = 0;
	do
	:: n < made -> yes = yes || (xpos[n] == pos && xparent[n] == parent && !gone[n]); n++
	:: else -> break
	od
}

/* makes: a tweet is on X, shown or not yet. */
inline makes(p, pos, parent) {
	n = 0;
	do
	:: n < made -> twice = twice || (xpost[n] == p && xpos[n] == pos); n++
	:: else -> break
	od;
	assert(!twice);
	xpost[made] = p; xpos[made] = pos; xparent[made] = parent; made++
}

/* ---- The worker ----------------------------------------------------------------------- */

proctype Worker(byte w) {
	byte p = NONE, pos, parent = NONE, x = NONE, seen, n;
	bool firstLook, again, yes;

idle:
	atomic {
		p = NONE; x = NONE; seen = 0; pos = 0; parent = NONE; firstLook = false; again = false; yes = false; n = 0;
		on[w] = NONE; leaving[w] = false
	}
end_idle: /* the queue delivers what is due, as often as it likes */
	atomic {
		if
		:: DUE(0) && (w == 0 || on[0] != NONE) -> p = 0 /* worker 0 first: they are alike */
		:: POSTS > 1 && DUE(1) && (w == 0 || on[0] != NONE) -> p = 1
		fi;
		on[w] = p; fresh[w] = true
	}

	atomic { /* one conditional write takes the lease and stores the intent */
		if
		:: fresh[w] -> Claim(p, w); again = rec[p].reconciling; pos = rec[p].next; parent = PARENT(p)
		:: else -> goto idle
		fi
	}
	if
	:: again -> goto look
	:: else
	fi;

send: /* the last look at the clock */
	atomic {
		if
		:: rec[p].holder == w && !rec[p].over -> leaving[w] = true
		:: !(rec[p].holder == w && !rec[p].over) ->
			if
			:: fresh[w] -> HandOver(p, w)
			:: else
			fi;
			goto idle
		:: MAYFAIL(p) -> faults--; goto idle /* it dies */
		fi
	}
	atomic { /* the request leaves */
		leaving[w] = false;
		repeated(pos, parent, yes);
		if
		:: parent != NONE && gone[parent] -> goto refused /* nothing replies to it */
		:: !(yes && REFUSED) && !(parent != NONE && gone[parent]) -> makes(p, pos, parent); x = made - 1
		:: !(yes && REFUSED) && !(parent != NONE && gone[parent]) && MAYFAIL(p) -> faults--; makes(p, pos, parent); goto doubt /* the answer is lost */
		:: yes ->
			if
			:: rec[p].doubted -> goto repeat
			:: else -> goto refused
			fi
		:: MAYFAIL(p) -> faults--; goto doubt /* the request is lost */
		:: MAYFAIL(p) && !pending[p] -> faults--; pending[p] = true; pendingpos[p] = pos; pendingparent[p] = parent; goto doubt
		:: MAYFAIL(p) -> faults--; goto wait       /* refused for the moment, or a limit */
		:: MAYFAIL(p) -> faults--; goto refused     /* refused for good */
		fi
	}

accept: /* its id, and the intent to send the next tweet, are one write */
	atomic {
		if
		:: MAYFAIL(p) -> faults--; goto idle /* it dies */
		:: fresh[w] && rec[p].next + 1 == SIZE(p) -> Complete(p, w, x); goto idle
		:: fresh[w] && rec[p].next + 1 < SIZE(p) -> Checkpoint(p, w, x); pos = rec[p].next; parent = PARENT(p); x = NONE; goto send
		:: fresh[w] && rec[p].next + 1 < SIZE(p) -> Yield(p, w, x); goto idle
		:: !fresh[w] -> goto idle
		fi
	}

wait:
	atomic {
		if
		:: fresh[w] && rec[p].tries < MAXTRIES -> Backoff(p, w)
		:: fresh[w] && rec[p].tries >= MAXTRIES -> goto refused
		:: fresh[w] -> Park(p, w)
		:: else
		fi;
		goto idle
	}
refused:
	atomic {
		if
		:: fresh[w] -> Fail(p, w, x)
		:: else
		fi;
		goto idle
	}
repeat: /* X has accepted the request that was in doubt after all */
	atomic {
		if
		:: fresh[w] -> rec[p].duplicate = true; rec[p].waits = true; Doubt(p, w)
		:: else
		fi;
		goto idle
	}
doubt: /* a first look, or none */
	if
	:: firstLook = true; goto look
	:: goto doubted
	fi;
doubted:
	atomic {
		if
		:: fresh[w] -> rec[p].waits = true; Doubt(p, w)
		:: else
		fi;
		goto idle
	}

look: /* the timeline is read */
	atomic {
		seen = 0; n = 0;
		do
		:: n < made ->
			if
			:: shown[n] && !gone[n] && xpos[n] == pos && xparent[n] == parent && !HAS(p, n) && RECOGNISED -> seen = seen | (1 << n)
			:: else
			fi;
			n++
		:: else -> break
		od;
		n = 0
	}
	if
	:: true
	:: atomic { !firstLook && MAYFAIL(p) -> /* it refuses to show it, for good */
			faults--; refusesreads = true;
			if
			:: fresh[w] -> GiveUp(p, w)
			:: else
			fi;
			goto idle
		}
	fi;
#if POSTS > 1 && !defined(NO_OWNERS)
	if
	:: parent == NONE && seen != 0 -> /* the records of posts that begin alike are read after it */
		atomic {
			n = 1 - p;
			if
			:: rec[n].id[0] != NONE -> seen = seen & ~(1 << rec[n].id[0])
			:: else
			fi;
			yes = seen != 0 && rec[n].attempt && rec[n].next == 0;
			if
			:: yes && (n < p || rec[n].holder != NONE && !rec[n].reconciling) -> /* that one is settled first */
				if
				:: firstLook -> goto doubted
				:: !firstLook && rec[n].status == unknown ->
					if
					:: fresh[w] -> GiveUp(p, w)
					:: else
					fi
				:: !firstLook && rec[n].status != unknown ->
					if
					:: fresh[w] -> Doubt(p, w); rec[p].blocked = true
					:: else
					fi
				fi;
				goto idle
			:: else
			fi;
			n = 0; yes = false
		}
		atomic { /* and then who owns what */
			do
			:: n < made ->
				if
				:: owner[n] != NONE && owner[n] != p -> seen = seen & ~(1 << n)
				:: else
				fi;
				n++
			:: else -> break
			od;
			n = 0
		}
	:: else
	fi;
#endif
	atomic {
		x = 0;
		do
		:: x < made && seen != (1 << x) -> x++
		:: else -> break
		od;
		if
		:: seen != 0 && x < made -> /* one tweet: it is this post's from now on, if it is no other's */
#ifndef NO_OWNERS
			if
			:: owner[x] == NONE || owner[x] == p || !(HAS(owner[x], x) || (rec[owner[x]].attempt && rec[owner[x]].next == pos)) -> owner[x] = p
			:: else -> goto doubted
			fi;
#endif
			goto accept
		:: seen == 0 && !firstLook -> x = NONE; goto absent
		:: seen != 0 && x >= made && !firstLook -> x = NONE; goto giveup
		:: else -> x = NONE; goto doubted
		fi
	}

absent: /* counts after the settling time only, and twice */
	atomic {
		if
		:: !fresh[w] -> goto idle
		:: fresh[w] && !SETTLED(p) -> rec[p].waits = true; Doubt(p, w); goto idle
		:: fresh[w] && SETTLED(p) && !rec[p].absent -> rec[p].absent = true; Doubt(p, w); goto idle
		:: fresh[w] && SETTLED(p) && rec[p].absent && rec[p].duplicate -> GiveUp(p, w); goto idle
		:: fresh[w] && SETTLED(p) && rec[p].absent && !rec[p].duplicate && rec[p].tries >= MAXTRIES -> Fail(p, w, x); goto idle
		:: fresh[w] && SETTLED(p) && rec[p].absent && !rec[p].duplicate && rec[p].tries < MAXTRIES -> Resend(p, w); firstLook = false; goto send
		:: MAYFAIL(p) -> faults--; goto idle /* it dies */
		fi
	}
giveup:
	atomic {
		if
		:: fresh[w] -> GiveUp(p, w)
		:: else
		fi;
		goto idle
	}
}

/* ---- What else happens ---------------------------------------------------------------- */

#ifdef FREEZE
#define GONE_OUT(p) true
#else
#define GONE_OUT(p) (!(leaving[0] && on[0] == (p)) && !(leaving[1] && on[1] == (p)))
#endif
#ifdef LATE
#define ACCEPTED(p) true
#else
#define ACCEPTED(p) (!pending[p])
#endif
#define ALIVE(p) (on[rec[p].holder] == (p))

/* visible: X shows all that it has of the post. */
inline visible(p, yes) {
	yes = true; n = 0;
#ifndef HIDDEN
	do
	:: n < made -> yes = yes && (shown[n] || xpost[n] != p); n++
	:: else -> break
	od;
#endif
	n = 0
}

proctype Time(byte p) {
	byte n;
	bool yes;
end_time:
	do
	:: atomic { BUSY(p) && GONE_OUT(p) && (!ALIVE(p) || MAYFAIL(p)) -> /* a lease runs out: its worker is dead, or is held up */
			if
			:: ALIVE(p) -> faults--
			:: else
			fi;
			rec[p].over = true
		}
	:: atomic { rec[p].attempt && phase[p] == 0 && GONE_OUT(p) && (!BUSY(p) || rec[p].reconciling) -> phase[p] = 1 }
	:: atomic { rec[p].attempt && phase[p] == 1 && ACCEPTED(p) -> visible(p, yes);
			if
			:: yes -> phase[p] = 2
			:: else
			fi;
			yes = false
		}
	:: atomic { pending[p] -> /* X accepts it late, or never does */
			repeated(pendingpos[p], pendingparent[p], yes);
			if
			:: made < MAXX && !(yes && REFUSED) -> makes(p, pendingpos[p], pendingparent[p])
			:: true
			fi;
			pending[p] = false; pendingpos[p] = 0; pendingparent[p] = NONE; yes = false; n = 0
		}
	od
}

/* World: X shows what it has, and people act. */
proctype World() {
	byte n, x = NONE, p;
	bool yes;
end_world:
	do
	:: atomic { 0 < made && !shown[0] && SHOWS(0) -> shown[0] = true }
	:: atomic { 1 < made && !shown[1] && SHOWS(1) -> shown[1] = true }
	:: atomic { 2 < made && !shown[2] && SHOWS(2) -> shown[2] = true }
	:: atomic { 3 < made && !shown[3] && SHOWS(3) -> shown[3] = true }
	:: atomic { 4 < made && !shown[4] && SHOWS(4) -> shown[4] = true }

	:: atomic { rec[0].status == unknown && phase[0] == 2 -> p = 0; goto resolve }
	:: atomic { POSTS > 1 && rec[1].status == unknown && phase[1] == 2 -> p = 1; goto resolve }
	:: atomic { acts > 0 && rec[0].status == failed -> acts--; Retry(0) }
	:: atomic { acts > 0 && (rec[0].status == scheduled || rec[0].status == publishing) && !BUSY(0) && !rec[0].attempt -> acts--; Cancel(0) }
#ifdef BY_HAND
	:: atomic { acts > 0 && made < MAXX && rec[0].reconciling && rec[0].next == 0 -> /* the very words of a tweet in doubt */
			acts--; xpost[made] = HAND; shown[made] = true; made++
		}
#endif
#ifdef DELETED_IN_DOUBT
	:: atomic { acts > 0 && rec[0].reconciling -> truth(0, x);
			if
			:: x != NONE -> acts--; gone[x] = true
			:: else
			fi;
			x = NONE
		}
#endif
#ifdef DROPS
	:: atomic { acts > 0 && rec[0].next > 0 -> acts--; gone[rec[0].id[0]] = true }
#endif
	od;

resolve: /* a person looks at the timeline */
	atomic {
		truth(p, x);
#ifdef WRONG_PERSON
		if
		:: x = NONE
		:: true
		fi;
#endif
		if
		:: x != NONE && rec[p].next + 1 == SIZE(p) -> ResolveLast(p, x)
		:: else -> Resolve(p, x)
		fi;
		if
		:: rec[p].status == failed -> Retry(p)
		:: else
		fi;
		x = NONE; n = 0; p = 0; goto end_world
	}
}

#define DONE(p) (rec[p].status == published || rec[p].status == failed || rec[p].status == cancelled)

/* When nothing can happen any more, all posts have come to their end, and X has what the records
 * say. */
#define DROPPED(p) (rec[p].next > 0 && gone[rec[p].id[0]])

proctype Convergence() {
	atomic {
		timeout -> stuck = !DONE(0) || (POSTS > 1 && !DONE(1)); assert(!stuck);
		lost = DROPPED(0) || DROPPED(1); assert(!lost)
	}
}

init {
	atomic {
		if
		:: victim = 0
		:: victim = POSTS - 1
		fi;
		run Worker(0); run Worker(1); run Time(0);
		if
		:: POSTS > 1 -> run Time(1)
		:: else
		fi;
		run World(); run Convergence()
	}
}
