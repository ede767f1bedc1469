import { MeterProvider, PeriodicExportingMetricReader, InMemoryMetricExporter, AggregationTemporality, MetricReader } from '@opentelemetry/sdk-metrics';
class R extends MetricReader { async onForceFlush(){} async onShutdown(){} }
const mk = (n=1)=>{ const rs=Array.from({length:n},()=>new R()); return [new MeterProvider({readers:rs}), rs]; };
const time = (label, n, f) => { for(let i=0;i<2e4;i++) f(i); globalThis.gc?.(); const t=process.hrtime.bigint(); for(let i=0;i<n;i++) f(i); const ns=Number(process.hrtime.bigint()-t)/n; console.log(label, ns.toFixed(0),'ns'); };
const [p,[r]] = mk(); const m=p.getMeter('x');
const A={provider:'openai',model:'gpt-5-mini-2025-08-07',operation:'chat',feature:'summarize'};
const h=m.createHistogram('h',{unit:'USD',advice:{explicitBucketBoundaries:Array.from({length:25},(_,i)=>10**(i/3-6))}});
const c=m.createCounter('c',{unit:'USD'});
for (let k=0;k<3;k++){
time('histogram.record 4 attrs',5e5,(i)=>h.record((i%1000)*1e-5,A));
time('histogram.record 4 fresh attrs',5e5,(i)=>h.record((i%1000)*1e-5,{provider:'openai',model:'gpt-5-mini-2025-08-07',operation:'chat',feature:'summarize'}));
time('counter.add 5 attrs',5e5,(i)=>c.add(1e-5,{component:'input',...A}));
}
// batched: buffer 1024 
const buf=new Float64Array(1024); let n=0; const refs=new Array(1024);
const cells=Array.from({length:20},(_,i)=>({a:{...A,feature:'f'+i}}));
for(let k=0;k<3;k++){
time('buffered 1024, 20 cells',5e5,(i)=>{ buf[n]=(i%1000)*1e-5; refs[n]=cells[i%20]; if(++n===1024){ for(let j=0;j<1024;j++) h.record(buf[j],refs[j].a); n=0;} });
time('direct, 20 cells',5e5,(i)=>{ h.record((i%1000)*1e-5,cells[i%20].a); });
}
// async overflow
{
 const [p,[r]]=mk(); const m=p.getMeter('x'); const o=m.createObservableCounter('o');
 let k=1; o.addCallback(res=>{ for(let i=0;i<3000;i++) res.observe(k*(1+i%7),{i}); });
 for(k=1;k<=4;k++){ const {resourceMetrics}=await r.collect(); const pts=resourceMetrics.scopeMetrics[0].metrics[0].dataPoints; let want=0; for(let i=0;i<3000;i++) want+=k*(1+i%7); console.log('async overflow: points',pts.length,'sum',pts.reduce((s,x)=>s+x.value,0),'want',want); }
}
{
 const [p,[r]]=mk(); const m=p.getMeter('x'); const o=m.createCounter('o');
 for(let k=1;k<=4;k++){ for(let i=0;i<3000;i++) o.add(1+i%7,{i}); const {resourceMetrics}=await r.collect(); const pts=resourceMetrics.scopeMetrics[0].metrics[0].dataPoints; let want=0; for(let i=0;i<3000;i++) want+=k*(1+i%7); console.log('sync overflow: points',pts.length,'sum',pts.reduce((s,x)=>s+x.value,0),'want',want); }
}
// two callbacks observing the same series
{
 const [p,[r]]=mk(); const m=p.getMeter('x'); const o=m.createObservableCounter('o');
 let k=1; o.addCallback(res=>res.observe(5*k,{a:1})); o.addCallback(res=>res.observe(3*k,{a:1}));
 for(k=1;k<=3;k++){ const {resourceMetrics}=await r.collect(); console.log('two callbacks', resourceMetrics.scopeMetrics[0].metrics[0].dataPoints.map(x=>x.value),'want',8*k); }
}
// collection cost 1 reader, 5000 series, 100 active
for (const readers of [1,2]) {
 const [p,rs]=mk(readers); const m=p.getMeter('x');
 const attrs=Array.from({length:1900},(_,i)=>({component:'input',...A,feature:'f'+i}));
 const os=[0,1,2].map(j=>m.createObservableCounter('o'+j)); const vals=new Float64Array(1900);
 m.addBatchObservableCallback(res=>{ for(const o of os) for(let i=0;i<1900;i++) res.observe(o,vals[i],attrs[i]); }, os);
 for(let w=0;w<2;w++){ let t=process.cpuUsage(); for(let k=0;k<20;k++){ for(let i=0;i<100;i++) vals[i]+=1e-5; for(const r of rs) await r.collect(); } const u=process.cpuUsage(t); console.log('observable readers',readers,'ms/cycle', ((u.user+u.system)/1e3/20).toFixed(1)); }
 const [p2,rs2]=mk(readers); const m2=p2.getMeter('x'); const cs=[0,1,2].map(j=>m2.createCounter('o'+j)); const pub=[0,1,2].map(()=>new Float64Array(1900));
 const g=m2.createObservableGauge('g'); g.addCallback(()=>{ cs.forEach((c,j)=>{ for(let i=0;i<1900;i++){ const d=vals2[i]-pub[j][i]; if(d>0){ c.add(d,attrs[i]); pub[j][i]+=d; } } }); });
 const vals2=new Float64Array(1900).fill(1e-3);
 for(const r of rs2) await r.collect();
 for(let w=0;w<2;w++){ let t=process.cpuUsage(); for(let k=0;k<20;k++){ for(let i=0;i<100;i++) vals2[i]+=1e-5; for(const r of rs2) await r.collect(); } const u=process.cpuUsage(t); console.log('sync-at-collect readers',readers,'ms/cycle', ((u.user+u.system)/1e3/20).toFixed(1), (await rs2[0].collect()).resourceMetrics.scopeMetrics[0].metrics.map(x=>x.dataPoints.length)); }
}
