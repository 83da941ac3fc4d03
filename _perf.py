import time
from fulfillment.events import *
from fulfillment.outcomes import Succeeded
from fulfillment.effects import Call
from tests.unit.fulfillment.plans import *
N=1000
lines=[line(f"L{n}") for n in range(N)]
allv=tuple(f"L{n}" for n in range(N))
steps=[step("pay",origin=allv)]
for n in range(N):
    steps+=[step(f"a@L{n}","pay",origin=(f"L{n}",)),step(f"b@L{n}",f"a@L{n}",origin=(f"L{n}",)),step(f"c@L{n}",f"b@L{n}",origin=(f"L{n}",))]
steps.append(step("done",*(f"c@L{n}" for n in range(N)),origin=allv))
p=plan([callout("pay"),callout("a",system="a"),callout("b",system="b"),callout("c",system="c"),milestone("done")],steps,lines)
from fulfillment.run import Run
from fulfillment.progress import Written
import sys
r=Run("A","B","normal")
t=time.time()
w=list(r.apply(Prepared(plan=p),NOW)); print("prepare",time.time()-t)
t=time.time(); k=0
full = len(sys.argv)>1
tt=[0,0,0,0]
while w:
    e=w.pop(0); k+=1
    a=time.time(); w+=r.apply(CallEnded(step=e.step,round=1,outcome=Succeeded()),NOW); b=time.time(); tt[0]+=b-a
    if full:
        r.changes(NOW); r.acknowledge(Written()); c=time.time(); tt[1]+=c-b
        r.details; d=time.time(); tt[2]+=d-c
        r.order_state; r.open_fallouts; r.closed; tt[3]+=time.time()-d
print(k,"calls",time.time()-t, r.closed, tt)
